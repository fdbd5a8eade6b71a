"""Settings of PyTorch's, made where it is imported."""

from __future__ import annotations

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "replace_value", "set_below_import"]


def set_below_import(source: str, setting: str, title: str, *, cell_id: str | None) -> Fix:
    """Write ``torch.<setting>`` below the last import of the cell that imports torch.

    Raises CannotFix where torch is not imported at top level.
    """
    rewrite = Rewrite(source, cell_id)
    name = next((each.name for each in rewrite.cell.imports() if each.what == "torch"), None)
    last: cst.BaseSmallStatement | None = None
    for statement in rewrite.cell.module.body:
        if isinstance(statement, cst.SimpleStatementLine):
            for part in statement.body:
                if isinstance(part, (cst.Import, cst.ImportFrom)):
                    last = part
    if name is None or last is None:
        raise CannotFix(f"Write torch.{setting} below the import of torch by hand.")
    if setting in source:
        raise CannotFix("The cell has this setting already.")
    rewrite.add_line_below(last, f"{name}.{setting}")
    return rewrite.fix(title)


def replace_value(source: str, place: Place, value: str, title: str, *, cell_id: str | None) -> Fix:
    """Put another value for the expression at ``place``."""
    rewrite = Rewrite(source, cell_id)
    node = rewrite.find(cst.BaseExpression, place)  # type: ignore[type-abstract]
    rewrite.replace(node, value)
    return rewrite.fix(title)

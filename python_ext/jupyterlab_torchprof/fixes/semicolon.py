"""End a cell's last line with a semicolon, so that IPython neither shows nor keeps its value."""

from __future__ import annotations

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "hide_value"]


def hide_value(source: str, place: Place, *, cell_id: str | None) -> Fix:
    """Put a semicolon behind the expression at ``place``, the last of the cell.

    Raises CannotFix where the cell does not end with it.
    """
    rewrite = Rewrite(source, cell_id)
    body = rewrite.cell.module.body
    statement = body[-1] if body else None
    shown = statement.body[-1] if isinstance(statement, cst.SimpleStatementLine) else None
    if not isinstance(shown, cst.Expr) or rewrite.cell.lines(shown)[0] > place.line:
        raise CannotFix(f"Line {place.line} is not the last of the cell, or shows no value.")
    if isinstance(shown.semicolon, cst.Semicolon):
        raise CannotFix(f"Line {place.line} ends with a semicolon already.")
    rewrite.insert_after(shown, ";")
    return rewrite.fix(f"End line {place.end_line} with a semicolon")

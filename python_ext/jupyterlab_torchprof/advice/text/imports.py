"""Where settings of a notebook are made."""

from __future__ import annotations

import ast

from ...record import CellRecord
from .code import read
from .program import Program


def last_import(program: Program) -> tuple[CellRecord, int] | None:
    """The last import of the cell that imports torch: that cell, and the line.

    Of several such cells the one that ran first. ``None`` if none does at top level.
    """
    for cell in program.cells:
        code = read(cell.source) if "torch" in cell.source else None
        body = code.tree.body if code is not None else []
        imports = [each for each in body if isinstance(each, (ast.Import, ast.ImportFrom))]
        if any(map(_imports_torch, imports)):
            return cell, imports[-1].lineno
    return None


def _imports_torch(statement: ast.Import | ast.ImportFrom) -> bool:
    names = statement.names if isinstance(statement, ast.Import) else []
    return any(
        each.name == "torch" or (each.name.startswith("torch.") and each.asname is None)
        for each in names
    )

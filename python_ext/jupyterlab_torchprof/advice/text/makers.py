"""Where the program makes what its variables hold."""

from __future__ import annotations

import ast

from ...record import CellRecord
from .code import Place, Program, read


def made_at(program: Program, name: str) -> tuple[CellRecord, Place] | None:
    """The last assignment to a variable or an attribute at top level, and its cell."""
    for cell in reversed(program.cells):
        code = read(cell.source) if name in cell.source else None
        if code is None:
            continue
        for statement in reversed(code.tree.body):
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            if name in map(ast.unparse, targets):
                return cell, code.place(statement)
    return None

"""Where the program makes what its variables hold."""

from __future__ import annotations

import ast

from ...record import CellRecord
from .code import Call, Place, read
from .paths import path_of
from .program import Program


def made_at(program: Program, name: str) -> tuple[CellRecord, Place] | None:
    """The last assignment to a variable or an attribute at top level, and its cell."""
    for cell in reversed(program.cells):
        code = read(cell.source) if name in cell.source else None
        if code is None:
            continue
        for statement in reversed(code.tree.body):
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            if name in map(path_of, targets):
                return cell, code.place(statement)
    return None


def assigned_to(call: Call) -> set[str]:
    """What a call's value is bound to, as records write it: ``lab.loader``, ``parts["train"]``."""
    statement = call.statement
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign) and statement.value is call.node:
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign) and statement.value is call.node:
        targets = [statement.target]
    return {path for path in map(path_of, targets) if path is not None}

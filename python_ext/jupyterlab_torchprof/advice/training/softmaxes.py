"""The softmax whose output a loss got, where the loss stands elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...record import CellRecord, FileText
from ..grammar import Case
from ..text.code import Call, read, resolve
from ..text.functions import Function
from ..text.program import Program, Site
from ..text.sites import sites_of_run

_MODULE = "torch.nn.Softmax"
_SOFTMAXES = frozenset({"torch.softmax", "torch.nn.functional.softmax"})
_COMPUTES = frozenset({"forward", "__call__"})


def the_softmax(case: Case) -> tuple[CellRecord | FileText, int] | None:
    """Where the only softmax is that can be meant, its text and line; ``None``: not certain.

    Candidates are what a model's ``forward`` returns, a softmax layer, and what the run itself
    went through; not a softmax of weights that are multiplied with something, as attention's are.
    """
    found: list[tuple[CellRecord | FileText, int]] = [
        *_of_cells(case.program),
        *((file, call.line) for file in case.record.files for call in _returned(file.source, case)),
    ]
    return found[0] if len(found) == 1 else None


def is_softmax(node: ast.Call, program: Program) -> bool:
    """Whether a call computes a softmax: a function, a method or a module made on the spot."""
    if isinstance(node.func, ast.Attribute) and node.func.attr == "softmax":
        return True
    if isinstance(node.func, ast.Call):
        return resolve(ast.unparse(node.func.func), program.imports) == _MODULE
    return resolve(ast.unparse(node.func), program.imports) in _SOFTMAXES


def _of_cells(program: Program) -> Iterator[tuple[CellRecord, int]]:
    sites = [
        Site(cell, call)
        for cell in program.cells
        if "softmax" in cell.source.lower() and (code := read(cell.source)) is not None
        for call in code.calls
        if is_softmax(call.node, program) or resolve(call.name, program.imports) == _MODULE
    ]
    reached = {id(site.call) for site in sites_of_run(program, sites)}
    for site in sites:
        is_layer = resolve(site.call.name, program.imports) == _MODULE
        is_meant = is_layer or _is_returned(site.call) or id(site.call) in reached
        if is_meant and not _is_multiplied(site.call):
            yield site.record, site.call.line


def _returned(source: str, case: Case) -> Iterator[Call]:
    code = read(source) if "softmax" in source.lower() else None
    for call in code.calls if code is not None else ():
        if is_softmax(call.node, case.program) and _is_returned(call):
            yield call


def _is_returned(call: Call) -> bool:
    """Whether a ``forward`` returns just that, or a name that it gives to it."""
    around = next((each for each in reversed(call.parents) if isinstance(each, Function)), None)
    if around is None or around.name not in _COMPUTES:
        return False
    statement = call.statement
    if isinstance(statement, ast.Return):
        return statement.value is call.node
    if not isinstance(statement, ast.Assign) or statement.value is not call.node:
        return False
    names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return any(
        isinstance(node, ast.Return) and isinstance(node.value, ast.Name) and node.value.id in names
        for node in ast.walk(around)
    )


def _is_multiplied(call: Call) -> bool:
    parent = call.parents[-1] if call.parents else None
    return isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.MatMult)

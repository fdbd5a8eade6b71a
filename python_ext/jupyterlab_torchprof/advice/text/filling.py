"""Which statements have filled a variable: in the cell that ran, or in a function that it calls."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ...record import CellRecord
from .code import Code, Program, read
from .gathering import Gather, gathers

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Gathered:
    """A statement that gathers, in one of the session's cells."""

    record: CellRecord
    """The latest run of the cell."""
    gather: Gather


def gathers_into(program: Program, variable: str) -> list[Gathered]:
    """The statements that have filled a variable of the cell that ran.

    They stand in that cell at top level, or in a function that it calls and that returns what it
    has gathered: all of the variable, or what is added to it.
    """
    record = program.record
    own = [
        Gathered(record, gather)
        for gather in gathers(record.source)
        if gather.function is None and gather.name == variable
    ]
    _owner, dot, attribute = variable.partition(".")
    if dot:
        return own or _in_methods(program, f"self.{attribute}")
    code = read(record.source)
    called = _called_for(code, variable) if code is not None else set()
    added = {_called(gather.gather.value) for gather in own} - {None}
    found = list(_in_functions(program, {*called, *added}))
    return found or list(_returned(program, added, own)) or own


def _returned(
    program: Program, called: Collection[str | None], own: Sequence[Gathered]
) -> Iterator[Gathered]:
    """Values that a function returns to who gathers them: ``losses.append(step(x))``."""
    for cell in reversed(program.cells) if called else ():
        code, into = read(cell.source), own[0].gather
        if code is None:
            continue
        for function in ast.walk(code.tree):
            if isinstance(function, _FUNCTIONS) and function.name in called:
                for value in _results(function):
                    place = code.place(value)
                    gather = Gather(into.name, into.kind, value, place, function, function)
                    yield Gathered(cell, gather)


def _in_methods(program: Program, name: str) -> list[Gathered]:
    """Where the methods of one class gather into an attribute; none if several classes do."""
    found = [
        Gathered(cell, gather)
        for cell in program.cells
        for gather in gathers(cell.source)
        if gather.name == name and gather.owner is not None
    ]
    return found if len({(id(one.record), one.gather.owner) for one in found}) == 1 else []


def _called(value: ast.expr) -> str | None:
    """The function that a value comes from: ``train`` of ``total += train()``."""
    if isinstance(value, ast.Call) and isinstance(value.func, (ast.Name, ast.Attribute)):
        return value.func.id if isinstance(value.func, ast.Name) else value.func.attr
    return None


def _in_functions(program: Program, called: Collection[str | None]) -> Iterator[Gathered]:
    if not called:
        return
    for cell in reversed(program.cells):  # a function may have been defined again
        for gather in gathers(cell.source):
            function = gather.function
            if function is not None and function.name in called and _returns(function, gather.name):
                yield Gathered(cell, gather)


def _called_for(code: Code, variable: str) -> set[str | None]:
    """Functions whose results the cell binds to the variable."""
    return {
        _called(node.value)
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and any(_mentions(target, variable) for target in node.targets)
    } - {None}


def _returns(function: ast.AST, name: str) -> bool:
    return any(_mentions(value, name) for value in _results(function))


def _results(function: ast.AST) -> Iterator[ast.expr]:
    """What its ``return`` statements give back."""
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))


def of_one_cell(sites: Sequence[Gathered]) -> list[Gathered]:
    """Those in the cell of the first: a fix changes one cell."""
    return [site for site in sites if site.record is sites[0].record]


def names_of_functions(sites: Sequence[Gathered]) -> set[str]:
    """The functions that they stand in, whose callers get what is gathered."""
    return {site.gather.function.name for site in sites if site.gather.function is not None}

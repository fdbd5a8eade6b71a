"""Statements that gather values in a variable: ``outs.append(out)``, ``total += loss``."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ...record import CellRecord
from ..text.code import Code, Place, Program, read

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LETS_GO = frozenset({"detach", "item", "tolist", "numpy", "float", "int", "len"})
"""Calls whose result has no graph."""


@dataclass(frozen=True, slots=True)
class Gather:
    """One such statement, in a loop."""

    name: str
    """The variable, or the attribute as it is written there: ``self.losses``."""
    kind: Literal["list", "dict", "sum"]
    value: ast.expr
    """What is added."""
    place: Place
    """Of the value."""
    loop: ast.stmt | ast.expr
    """The innermost loop, or the comprehension, around it; the function where an attribute gathers
    what a call brings."""
    function: ast.FunctionDef | ast.AsyncFunctionDef | None
    """The function that it stands in."""
    owner: str | None = None
    """The class whose method that is."""

    @property
    def line(self) -> int:
        """Line of the value."""
        return self.place.line


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
    """Variables that a function returns to who gathers them: ``losses.append(step(x))``."""
    for cell in reversed(program.cells) if called else ():
        code = read(cell.source)
        for function in ast.walk(code.tree) if code is not None else ():
            if not isinstance(function, _FUNCTIONS) or function.name not in called:
                continue
            for node in ast.walk(function):
                if code is not None and isinstance(node, ast.Return) and node.value is not None:
                    kind, place = own[0].gather.kind, code.place(node.value)
                    yield Gathered(
                        cell,
                        Gather(own[0].gather.name, kind, node.value, place, function, function),
                    )


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


def _called_for(code: Code, variable: str) -> set[str]:
    """Functions whose results the cell binds to the variable."""
    names: set[str] = set()
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            targets = {name.id for name in _names(node.targets)}
            name = _called(node.value)
            if variable in targets and name is not None:
                names.add(name)
    return names


def _returns(function: ast.AST, name: str) -> bool:
    return any(
        isinstance(node, ast.Return)
        and node.value is not None
        and any(each.id == name for each in _names([node.value]))
        for node in ast.walk(function)
    )


def _names(nodes: Sequence[ast.AST]) -> Iterator[ast.Name]:
    for node in nodes:
        yield from (each for each in ast.walk(node) if isinstance(each, ast.Name))


@lru_cache(maxsize=256)
def gathers(source: str) -> tuple[Gather, ...]:
    """All of a cell, in the order of the text."""
    code = read(source)
    if code is None or not any(word in source for word in ("for", "while", "self.")):
        return ()
    found: list[Gather] = []
    stack: list[tuple[ast.AST, ast.stmt | ast.expr | None, ast.AST | None, str | None]] = [
        (code.tree, None, None, None)
    ]
    while stack:
        node, loop, function, owner = stack.pop()
        if isinstance(node, ast.ClassDef):
            loop, function, owner = None, None, node.name
        elif isinstance(node, _FUNCTIONS):
            owner = owner if function is None else None
            loop, function = None, node
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, _LOOPS):
            loop = node
        inside = function if isinstance(function, _FUNCTIONS) else None
        around = loop or (inside if owner is not None else None)
        if around is not None or isinstance(node, ast.Assign):
            for name, kind, value, block in _gathered(node, around):
                if block is not inside or name.startswith("self."):
                    place = code.place(value)
                    found.append(Gather(name, kind, value, place, block, inside, owner))
        below = reversed(list(ast.iter_child_nodes(node)))
        stack += [(child, loop, function, owner) for child in below]
    return tuple(found)


_Part = tuple[str, Literal["list", "dict", "sum"], ast.expr, "ast.stmt | ast.expr"]


def _gathered(node: ast.AST, loop: ast.stmt | ast.expr | None) -> Iterator[_Part]:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        yield from _assigned(node.targets[0], node.value, loop)
    elif loop is None:
        return
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, (ast.Name, ast.Attribute)):
        name = _root(node.target)
        if name is not None:
            yield from _added(name, node.op, node.value, loop)
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript):
        name = _root(node.target)
        if name is not None and isinstance(node.op, ast.Add):
            yield name, "dict", node.value, loop
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = _root(node.func.value)
        if node.func.attr == "append" and name is not None and len(node.args) == 1:
            yield name, "list", node.args[0], loop


def _assigned(
    target: ast.expr, value: ast.expr, loop: ast.stmt | ast.expr | None
) -> Iterator[_Part]:
    if isinstance(target, ast.Name) and isinstance(value, ast.ListComp):
        yield target.id, "list", value.elt, value
    elif loop is None:
        return
    elif isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Slice):
        name = _root(target)
        if name is not None:
            yield name, "dict", value, loop
    elif isinstance(target, ast.Name) and isinstance(value, ast.BinOp):
        first = value.left
        if isinstance(first, ast.Name) and first.id == target.id:
            yield from _added(target.id, value.op, value.right, loop)


def _added(
    name: str, operator: ast.operator, value: ast.expr, loop: ast.stmt | ast.expr
) -> Iterator[_Part]:
    if not isinstance(operator, ast.Add):
        return
    if isinstance(value, ast.List):
        if len(value.elts) == 1 and not isinstance(value.elts[0], ast.Starred):
            yield name, "list", value.elts[0], loop
    else:
        yield name, "sum", value, loop


def _root(node: ast.expr) -> str | None:
    """``history`` of ``history["train"]``, ``self.losses`` of ``self.losses[0]``."""
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"self.{node.attr}" if node.value.id == "self" else None
    return node.id if isinstance(node, ast.Name) else None


def carried(value: ast.expr) -> list[ast.Name]:
    """The variables in an expression whose graphs its value keeps, as far as the text tells."""
    found: list[ast.Name] = []
    stack: list[ast.AST] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            function = node.func
            last = function.attr if isinstance(function, ast.Attribute) else None
            last = function.id if isinstance(function, ast.Name) else last
            if last in _LETS_GO:
                continue
            stack += [*node.args, *(word.value for word in node.keywords)]
            if isinstance(function, ast.Attribute):
                stack.append(function.value)
        elif isinstance(node, ast.Attribute) and node.attr in ("data", "shape"):
            continue
        elif isinstance(node, ast.Name):
            found.append(node)
        else:
            stack += list(ast.iter_child_nodes(node))
    return found

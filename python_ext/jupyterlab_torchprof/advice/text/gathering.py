"""Statements that gather values in a variable: ``outs.append(out)``, ``total += loss``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .code import Place, read

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


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

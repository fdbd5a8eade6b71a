"""Statements that gather values in a variable: ``outs.append(out)``, ``total += loss``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar

from ...record import CellRecord, FileText
from .code import Place, dotted, read
from .functions import binds
from .names import root_of
from .paths import path_of

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Gather:
    """One such statement, in a loop."""

    name: str
    """The variable, or the attribute as it is written there: ``losses``, ``self.log.losses``."""
    kind: Literal["list", "dict", "sum"]
    value: ast.expr
    """What is added."""
    place: Place
    """Of the value."""
    loop: ast.stmt | ast.expr
    """The innermost loop, or the comprehension, around it; the function where each of its calls
    brings a value."""
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
    """A statement that gathers, in one of the session's cells or in a module of the user's."""

    code: CellRecord | FileText
    """The latest run of the cell, or the module's text."""
    gather: Gather


_AnyGathered = TypeVar("_AnyGathered", bound=Gathered)


@lru_cache(maxsize=256)
def gathers(source: str) -> tuple[Gather, ...]:
    """All of a cell, in the order of the text."""
    code = read(source)
    if code is None or not any(word in source for word in ("for", "while", "def")):
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
        if loop is not None or inside is not None or isinstance(node, ast.Assign):
            for name, kind, value, block in _gathered(node, loop or inside):
                if block is not inside or not binds(block, root_of(name)):
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
    elif isinstance(node, ast.AugAssign):
        name = container_of(node.target)
        if name is None or not isinstance(node.op, ast.Add):
            return
        if isinstance(node.target, ast.Subscript):
            yield name, "dict", node.value, loop
        else:
            yield from _added(name, node.value, loop)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = container_of(node.func.value)
        if node.func.attr == "append" and name is not None and len(node.args) == 1:
            yield name, "list", node.args[0], loop


def _assigned(
    target: ast.expr, value: ast.expr, loop: ast.stmt | ast.expr | None
) -> Iterator[_Part]:
    name = container_of(target)
    if name is None:
        return
    if isinstance(target, ast.Subscript):
        is_one = isinstance(loop, _FUNCTIONS) and isinstance(target.slice, ast.Constant)
        if loop is not None and not is_one and not isinstance(target.slice, ast.Slice):
            yield name, "dict", value, loop
    elif isinstance(value, ast.ListComp):
        yield name, "list", value.elt, value
    elif loop is not None and isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        for one, other in ((value.left, value.right), (value.right, value.left)):
            if path_of(one) == name:
                yield from _added(name, other, loop)
                return


def _added(name: str, value: ast.expr, loop: ast.stmt | ast.expr) -> Iterator[_Part]:
    if isinstance(value, ast.List):
        if len(value.elts) == 1 and not isinstance(value.elts[0], ast.Starred):
            yield name, "list", value.elts[0], loop
    else:
        yield name, "sum", value, loop


def container_of(node: ast.expr) -> str | None:
    """``history`` of ``history["train"]`` and ``history.setdefault("train", [])``.

    ``self.losses`` of ``self.losses[0]``; ``None`` where it is no plain chain of names.
    """
    while True:
        if isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call) and dotted(node.func).endswith(".setdefault"):
            assert isinstance(node.func, ast.Attribute)
            node = node.func.value
        else:
            name = dotted(node)
            return None if "?" in name else name


def of_one_cell(sites: Sequence[_AnyGathered]) -> list[_AnyGathered]:
    """Those in the cell or module of the first: a fix changes one cell."""
    return [site for site in sites if site.code is sites[0].code]


def names_of_functions(sites: Sequence[Gathered]) -> set[str]:
    """The functions that they stand in, whose callers get what is gathered."""
    return {site.gather.function.name for site in sites if site.gather.function is not None}

"""Freeze what nobody trains."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from textwrap import dedent

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Rewrite

__all__ = ["CannotFix", "freeze_above"]

_DEFINITIONS = (cst.FunctionDef, cst.ClassDef)


def freeze_above(source: str, line: int, names: Sequence[str], *, cell_id: str | None) -> Fix:
    """Put ``name.requires_grad_(False)`` above the outermost statement around a line.

    ``names`` are modules and parameters as the text writes them. Of a statement that makes one of
    them, the line goes further in, below its making.
    """
    rewrite = Rewrite(source, cell_id)
    calls = [f"{name}.requires_grad_(False)" for name in names]
    for name, call in zip(names, calls, strict=True):
        if call in source:
            raise CannotFix(f"The cell freezes {name} already.")
    statement = _outermost(rewrite, line, names)
    for call in calls:
        rewrite.add_line_above(statement, call)
    what = names[0] if len(names) == 1 else f"{len(names)} parts of {names[0].partition('.')[0]}"
    return rewrite.fix(f"Freeze {what} above line {rewrite.cell.lines(statement)[0]}")


def _outermost(rewrite: Rewrite, line: int, names: Sequence[str]) -> cst.BaseStatement:
    block: Sequence[cst.CSTNode] = rewrite.cell.module.body
    while True:
        if not block:
            raise CannotFix(f"Line {line} makes it itself: freeze it where it is made.")
        around = [each for each in block if _holds(rewrite, each, line)]
        if len(around) != 1 or isinstance(around[0], _DEFINITIONS):
            raise CannotFix(f"The statement of line {line} could not be found again.")
        statement = around[0]
        assert isinstance(statement, cst.BaseStatement)
        if not _binds(rewrite.code(statement), names):
            return statement
        block = [each for inner in _blocks(statement) for each in inner.body]


def _holds(rewrite: Rewrite, node: cst.CSTNode, line: int) -> bool:
    first, last = rewrite.cell.lines(node)
    return first <= line <= last


def _blocks(node: cst.CSTNode) -> Iterator[cst.IndentedBlock]:
    """The blocks of a compound statement, not those within these."""
    for child in node.children:
        if isinstance(child, cst.IndentedBlock):
            yield child
        else:
            yield from _blocks(child)


def _binds(text: str, names: Sequence[str]) -> bool:
    """Whether a statement binds one of these, or what leads to it."""
    try:
        tree = ast.parse(dedent(text))
    except SyntaxError:
        raise CannotFix("The statement could not be read by itself.") from None
    ways = {way for name in names for way in _ways(name)}
    for node in ast.walk(tree):
        if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            if ast.unparse(node) in ways:
                return True
        elif isinstance(node, (ast.Global, ast.Nonlocal)) and ways.intersection(node.names):
            return True
    return False


def _ways(name: str) -> Iterator[str]:
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        yield ".".join(parts[:count])

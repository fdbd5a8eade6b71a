"""Calls that a run which ended well may have left out: those in branches and in functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .syntax import parse

_BRANCHES = (
    ast.BoolOp,
    ast.ClassDef,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.GeneratorExp,
    ast.IfExp,
    ast.If,
    ast.Lambda,
    ast.Match,
    ast.Try,
    getattr(ast, "TryStar", ast.Try),  # from Python 3.11 on
)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
_LEAVES = (ast.Break, ast.Continue, ast.Return)


def conditional_calls(source: str, first: int = 1, last: int | None = None) -> set[tuple[int, str]]:
    """Such calls, by line and the last part of their names.

    ``first`` and ``last``: lines of statements that are known to have run; what is around them
    does not count. Loops are taken to have run, unless something leaves them early.
    """
    return set(_conditional(list(_outermost(parse(source), first, last))))


def _outermost(node: ast.AST, first: int, last: int | None) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        start, end = getattr(child, "lineno", None), getattr(child, "end_lineno", None)
        inside = start is not None and start >= first and (last is None or (end or start) <= last)
        if isinstance(child, ast.stmt) and inside:
            yield child
        else:
            yield from _outermost(child, first, last)


def _conditional(statements: list[ast.AST]) -> Iterator[tuple[int, str]]:
    stack = [(node, False) for node in statements]
    while stack:
        node, unsure = stack.pop()
        if isinstance(node, ast.Call) and unsure:
            yield node.lineno, _last_name(node.func)
        inner = unsure or _is_conditional(node)
        always = _always(node)
        stack.extend(
            (child, unsure if child is always else inner) for child in ast.iter_child_nodes(node)
        )


def _is_conditional(node: ast.AST) -> bool:
    if isinstance(node, _LOOPS):
        return any(isinstance(each, _LEAVES) for each in ast.walk(node))
    if isinstance(node, _COMPREHENSIONS):
        return any(generator.ifs for generator in node.generators)
    return isinstance(node, _BRANCHES)


def _always(node: ast.AST) -> ast.AST | None:
    """The part of a branch or a loop that is evaluated in any case."""
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        return node.test
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return node.iter
    return node.values[0] if isinstance(node, ast.BoolOp) else None


def _last_name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else "?"

"""What stands around a line in its text."""

from __future__ import annotations

import ast

from ..evidence.standing import Spot
from ..text.code import read

Function = ast.FunctionDef | ast.AsyncFunctionDef
Loop = ast.For | ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp
"""``while`` is none of them: what ends it is computed in it."""


def function_around(spot: Spot) -> Function | None:
    """The innermost function that a line stands in."""
    code = read(spot.code.source)
    found = [
        node
        for node in (ast.walk(code.tree) if code is not None else ())
        if isinstance(node, Function) and _has(node, spot.line)
    ]
    return max(found, key=lambda node: node.lineno, default=None)


def loop_around(spot: Spot) -> Loop | None:
    """The innermost loop that repeats a line; ``None``: none does, or a ``while``."""
    code = read(spot.code.source)
    if code is None:
        return None
    function = function_around(spot)
    found = [
        node
        for node in ast.walk(code.tree if function is None else function)
        if isinstance(node, Loop | ast.While) and _has(node, spot.line)
    ]
    innermost = max(found, key=lambda node: (node.lineno, node.col_offset), default=None)
    return innermost if isinstance(innermost, Loop) else None


def _has(node: ast.stmt | ast.expr, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)

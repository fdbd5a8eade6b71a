"""What the operations on one line are applied to, as it is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .code import Code, read


def meet(source: str, line: int, *names: str, mixing: bool = True) -> bool:
    """Whether one operation or call on a line has all of ``names`` as its own operands.

    ``mixing=False``: no operator counts that mixes types, which all but the product ``@`` do.

    Names are expressions as Python writes them. The elements of a list that is passed count as
    passed, and what a method is called on counts as well.
    """
    code = read(source)
    wanted = {plain(name) for name in names}
    return code is not None and any(
        wanted <= set(map(ast.unparse, operands))
        for node, operands in _operations(code, line)
        if mixing or not _mixes(node)
    )


def indices(source: str, line: int) -> set[str]:
    """What stands in square brackets on a line."""
    code = read(source)
    if code is None:
        return set()
    found: set[str] = set()
    for node in _nodes(code, line):
        if isinstance(node, ast.Subscript):
            inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            found.update(map(ast.unparse, inside))
    return found


def plain(expression: str) -> str:
    """An expression as Python itself writes it."""
    try:
        return ast.unparse(ast.parse(expression.strip(), mode="eval"))
    except SyntaxError:
        return expression


def _mixes(node: ast.AST) -> bool:
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        return not isinstance(node.op, ast.MatMult)
    return isinstance(node, ast.Compare)


def _operations(code: Code, line: int) -> Iterator[tuple[ast.AST, list[ast.expr]]]:
    for node in _nodes(code, line):
        if isinstance(node, ast.BinOp):
            yield node, [node.left, node.right]
        elif isinstance(node, ast.Compare):
            yield node, [node.left, *node.comparators]
        elif isinstance(node, ast.AugAssign):
            yield node, [node.target, node.value]
        elif isinstance(node, ast.Call):
            given = [*node.args, *(word.value for word in node.keywords)]
            if isinstance(node.func, ast.Attribute):
                given.append(node.func.value)
            for each in list(given):
                if isinstance(each, (ast.List, ast.Tuple)):
                    given += each.elts
            yield node, given


def _nodes(code: Code, line: int) -> Iterator[ast.AST]:
    for node in ast.walk(code.tree):
        if isinstance(node, (ast.expr, ast.AugAssign)) and (
            node.lineno <= line <= (node.end_lineno or node.lineno)
        ):
            yield node

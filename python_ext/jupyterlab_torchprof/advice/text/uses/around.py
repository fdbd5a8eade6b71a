"""A text whose nodes know what they stand in."""

from __future__ import annotations

import ast

from ..functions import Function


class CellText:
    """One text, and what each of its nodes stands in: a function, or a block that is looked at."""

    def __init__(self, tree: ast.AST, block: ast.stmt | None) -> None:
        """``block``: a statement on the same lines, if that stands in this text."""
        self.around: dict[ast.AST, ast.AST | None] = {}
        """The innermost function around each node."""
        self.inside: set[ast.AST] = (
            set(ast.walk(self._same(tree, block))) if block is not None else set()
        )
        stack: list[tuple[ast.AST, ast.AST | None]] = [(tree, None)]
        while stack:
            node, function = stack.pop()
            self.around[node] = function
            inner = node if isinstance(node, Function) else function
            stack += [(child, inner) for child in ast.iter_child_nodes(node)]

    @staticmethod
    def _same(tree: ast.AST, block: ast.stmt) -> ast.AST:
        """The statement on the lines of ``block``, which may be of another tree."""
        for node in ast.walk(tree):
            if isinstance(node, type(block)) and node.lineno == block.lineno:
                return node
        return tree

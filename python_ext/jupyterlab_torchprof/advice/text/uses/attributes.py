"""Whether values that objects keep in attributes reach a training."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from ..code import read
from ..names import TRAINING_STEPS
from .graphs import container

_FILLS = frozenset({"append", "clear", "extend"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def trained_with(
    attributes: Collection[str], texts: Iterable[str], *, followed: str | None = None
) -> bool:
    """Whether a function or a cell that trains reads an attribute of one of these names.

    To fill it (``self.losses.append(loss)``) is no reading. ``followed``: a text whose top level
    need not be looked at.
    """
    for text in texts if attributes else ():
        code = read(text) if any(name in text for name in attributes) else None
        for scope in ast.walk(code.tree) if code is not None else ():
            if isinstance(scope, ast.Module) and text == followed:
                continue
            if isinstance(scope, (ast.Module, *_FUNCTIONS)):
                nodes = list(_own_nodes(scope))
                if any(map(_trains, nodes)) and not _reads(nodes).isdisjoint(attributes):
                    return True
    return False


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope without those of functions within it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, _FUNCTIONS):
            yield child
            yield from _own_nodes(child)


def _trains(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in TRAINING_STEPS


def _reads(nodes: Iterable[ast.AST]) -> set[str]:
    """Attributes that are read, and not only filled."""
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    filled = {id(container(node.value)) for node in attributes if node.attr in _FILLS}
    return {
        node.attr
        for node in attributes
        if isinstance(node.ctx, ast.Load) and id(node) not in filled
    }

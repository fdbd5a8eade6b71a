"""Where a text changes something in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .code import Code, read

_NO_CHANGES = ("requires_grad_", "retain_grad_", "share_memory_")


@dataclass(frozen=True, slots=True)
class Change:
    """One statement that changes a thing in place."""

    name: str
    """Of the thing, as Python writes it."""
    line: int
    text: str
    """The statement."""


def changes(source: str) -> list[Change]:
    """All of them: ``x += 1``, ``x[0] = 1``, ``x.add_(1)``, in the order of the text.

    ``n += 1`` of a number looks the same.
    """
    code = read(source)
    return [] if code is None else list(_changes(code))


def _changes(code: Code) -> Iterator[Change]:
    for node in ast.walk(code.tree):
        if isinstance(node, ast.AugAssign):
            target: ast.expr = node.target
            while isinstance(target, ast.Subscript):
                target = target.value
            yield Change(ast.unparse(target), node.lineno, ast.unparse(node))
        elif isinstance(node, ast.Assign):
            for each in node.targets:
                if isinstance(each, ast.Subscript):
                    yield Change(ast.unparse(each.value), node.lineno, ast.unparse(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method.endswith("_") and not method.startswith("_") and method not in _NO_CHANGES:
                yield Change(ast.unparse(node.func.value), node.lineno, ast.unparse(node))
            elif (
                any(
                    word.arg == "inplace" and getattr(word.value, "value", None) is True
                    for word in node.keywords
                )
                and node.args
            ):
                yield Change(ast.unparse(node.args[0]), node.lineno, ast.unparse(node))

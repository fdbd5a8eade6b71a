"""Whether something changes a value that a fix would copy, or keep."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

from ..code import read
from ..notebook import has_word

_VIEWS = frozenset(
    {"detach", "expand", "flatten", "narrow", "permute", "reshape", "select", "squeeze"}
    | {"transpose", "unsqueeze", "view"}
)


def changed_by(node: ast.AST) -> str | None:
    """The variable whose value a node changes in place."""
    target = changed(node)
    return None if target is None else root_name(target)


def changed(node: ast.AST) -> ast.expr | None:
    """What a node changes in place."""
    if isinstance(node, ast.AugAssign):
        return node.target
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
        return node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if name.endswith("_") and not name.endswith("__"):
            own = node.func.value
            of_module = root_name(own) in ("F", "init", "nn", "torch") and bool(node.args)
            return node.args[0] if of_module else own
    if isinstance(node, ast.keyword) and node.arg == "out":
        return node.value
    return None


def root_name(node: ast.expr) -> str | None:
    """``history`` of ``history["train"].append``."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def is_changed_in_place(texts: Sequence[str], values: Collection[ast.expr]) -> bool:
    """Whether a cell may change one of the values in place, after it was gathered.

    A call makes a value of its own. A plain variable is followed by its name: what some cell
    changes in place by that name counts, whatever it holds then.
    """
    names: set[str] = set()
    for value in values:
        if isinstance(value, ast.Call) and not _is_view(value):
            continue
        names.update(node.id for node in ast.walk(value) if isinstance(node, ast.Name))
    for text in texts:
        code = read(text) if any(has_word(text, name) for name in names) else None
        if code is not None and any(changed_by(node) in names for node in ast.walk(code.tree)):
            return True
    return False


def _is_view(call: ast.Call) -> bool:
    """Whether a call is a method that may hand out the memory of what it is called on."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in _VIEWS

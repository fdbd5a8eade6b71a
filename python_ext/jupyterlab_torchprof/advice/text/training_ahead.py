"""What texts bind, and of which modules they ask for the parameters."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator

from .code import Code, dotted

_TRAINS = frozenset({"named_parameters", "parameters", "requires_grad_"})


def is_bound_in(code: Code, name: str, until: int | None) -> bool:
    """Whether statements at top level bind a variable themselves; ``until``: up to this line."""
    return any(
        _binds(statement, name)
        for statement in code.tree.body
        if until is None or statement.lineno <= until
    )


def _binds(statement: ast.stmt, name: str) -> bool:
    """Whether a statement binds a name itself, not in a function or class that it defines."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, ast.alias) and (node.asname or node.name) == name:
            return True
        pending.extend(ast.iter_child_nodes(node))
    return False


def asks_for_parameters(tree: ast.AST, paths: Collection[str]) -> bool:
    """Whether code has ``backbone.parameters()`` or the like of one of these, or around one."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in _TRAINS
        and any(overlap(dotted(node.value), path) for path in paths)
        for node in ast.walk(tree)
    )


def is_handed(tree: ast.AST, paths: Collection[str], known: Callable[[str], bool]) -> bool:
    """Whether code gives one of these, or what holds one, to something that is called.

    ``known``: whether the called name is of something that does nothing with what it is given.
    """
    return any(
        isinstance(node, ast.Call)
        and not known(dotted(node.func))
        and any(
            overlap(dotted(part), path)
            for given in (*node.args, *(word.value for word in node.keywords))
            for part in _parts(given)
            for path in paths
        )
        for node in ast.walk(tree)
    )


def _parts(given: ast.expr) -> Iterator[ast.expr]:
    """An argument, or what lies in a display or behind a star in its place."""
    if isinstance(given, ast.Starred):
        yield from _parts(given.value)
    elif isinstance(given, (ast.List, ast.Tuple, ast.Set)):
        for each in given.elts:
            yield from _parts(each)
    else:
        yield given


def overlap(one: str, other: str) -> bool:
    """Whether one of two paths is the other, or leads to it."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")

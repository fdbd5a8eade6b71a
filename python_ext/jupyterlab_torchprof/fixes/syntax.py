"""A cell's syntax tree, with IPython's own syntax masked."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from .mask import mask

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_MAX_LENGTH = 50_000
_MAX_DEPTH = 100
"""libcst recurses in C for each level, and a stack that overflows there ends the kernel."""


def parse(source: str) -> ast.Module:
    """The syntax tree of a cell.

    Raises SyntaxError, also for a cell that is too long or too deeply nested to be looked at.
    """
    if len(source) > _MAX_LENGTH:
        raise SyntaxError("too long")
    try:
        with _quiet():
            tree = ast.parse(mask(source).text)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error)) from None
    if _is_too_deep(tree):
        raise SyntaxError("too deeply nested")
    return tree


def check_compiles(source: str) -> None:
    """Raise SyntaxError if the cell would not compile; ``await`` at top level is fine.

    Where something is returned at top level it is the body of a function, and compiled as such.
    """
    tree = parse(source)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with _quiet():
        if _is_body(tree):
            kind = ast.AsyncFunctionDef if _has(tree, ast.Await) else ast.FunctionDef
            function = ast.parse("def body(): pass").body[0]
            assert isinstance(function, ast.FunctionDef)
            around = kind(**{**vars(function), "body": tree.body})
            whole = ast.Module([ast.fix_missing_locations(around)], [])
            compile(whole, "<cell>", "exec", flags=flags, dont_inherit=True)
        else:
            compile(mask(source).text, "<cell>", "exec", flags=flags, dont_inherit=True)


def is_generator(body: ast.Module) -> bool:
    """Whether a function with this body is a generator."""
    return _has(body, (ast.Yield, ast.YieldFrom))


def identifiers(tree: ast.AST) -> set[str]:
    """All that is written as a name: variables, parameters, attributes, what is imported."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            continue
        for _field, value in ast.iter_fields(node):
            values = value if isinstance(value, list) else [value]
            found.update(each for each in values if isinstance(each, str))
    return found


def same_program(one: str, other: str) -> bool:
    """Whether two cells differ in blanks, comments, line breaks and the profiler's mark at most."""
    if one == other:
        return True
    try:
        trees = [ast.dump(parse(source)) for source in (one, other)]
    except SyntaxError:
        return False
    first, second = mask(one), mask(other)
    return trees[0] == trees[1] and first.commands() == second.commands()


def _is_body(tree: ast.Module) -> bool:
    return _has(tree, (ast.Return, ast.Yield, ast.YieldFrom))


def _has(node: ast.AST, kinds: type[ast.AST] | tuple[type[ast.AST], ...]) -> bool:
    """Whether there is such a node, but for those in functions and classes within."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, kinds):
            return True
        if not isinstance(child, _SCOPES) and _has(child, kinds):
            return True
    return False


def _is_too_deep(tree: ast.AST) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


@contextmanager
def _quiet() -> Iterator[None]:
    """The user has seen the compiler's warnings when the cell ran."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

"""A cell's syntax tree, with IPython's own syntax masked."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from .mask import mask


def parse(source: str) -> ast.Module:
    """The syntax tree of a cell. Raises SyntaxError (ValueError for null characters)."""
    with _quiet():
        return ast.parse(mask(source).text)


def check_compiles(source: str) -> None:
    """Raise SyntaxError if the cell would not compile; ``await`` at top level is fine."""
    with _quiet():
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        compile(mask(source).text, "<cell>", "exec", flags=flags, dont_inherit=True)


def same_program(one: str, other: str) -> bool:
    """Whether two cells differ in blanks, comments and line breaks at most."""
    if one == other:
        return True
    if mask(one).escapes != mask(other).escapes or mask(one).cell_magics != mask(other).cell_magics:
        return False
    try:
        return ast.dump(parse(one)) == ast.dump(parse(other))
    except (SyntaxError, ValueError):
        return False


@contextmanager
def _quiet() -> Iterator[None]:
    """The user has seen the compiler's warnings when the cell ran."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

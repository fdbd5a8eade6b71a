"""Comments with which a user turns a rule off: ``# torchprof: ignore[no-grad-inference]``.

Behind a statement the comment holds for that statement, on a line of its own for the whole cell.
``# torchprof: ignore`` without names is for all rules.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ...fixes.syntax import parse
from ...fixes.text import Text

_COMMENT = re.compile(r"#\s*torchprof:\s*ignore\b(?:\[([^\]\n]*)\])?")


@dataclass(frozen=True, slots=True)
class Silence:
    """Where one rule has to be silent in one cell."""

    everywhere: bool = False
    lines: frozenset[int] = frozenset()
    """Lines from one."""


def silence(source: str, rule: str) -> Silence:
    """Where ``rule`` is turned off in a cell."""
    if "torchprof" not in source:
        return Silence()
    marked: set[int] = set()
    text = Text(source)
    for number in range(1, len(text.lines) + 1):
        line = text.line(number)
        for match in _COMMENT.finditer(line):
            names = match.group(1)
            if names is not None and rule not in (name.strip() for name in names.split(",")):
                continue
            if line.lstrip().startswith("#"):
                return Silence(everywhere=True)
            marked.add(number)
    return Silence(lines=frozenset(_whole_statements(source, marked)))


def is_silenced(source: str, rule: str, lines: Collection[int] = ()) -> bool:
    """Whether ``rule`` is turned off for the whole cell, or on every one of ``lines``."""
    off = silence(source, rule)
    return off.everywhere or (bool(lines) and off.lines.issuperset(lines))


def _whole_statements(source: str, marked: set[int]) -> Iterator[int]:
    """A comment at the end of a statement of several lines is for all of them."""
    yield from marked
    try:
        tree = parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            if marked.intersection(lines):
                yield from lines

"""A cell as plain Python: IPython's own syntax is replaced by names of the same length.

Every line and column stays where it is, so positions found in the masked text hold in the cell.
IPython knows magics (``%time f()``), shell commands (``!ls``), help (``obj?``), autocalls
(``/f x``), magics and commands that are assigned (``files = !ls``), and cell magics (``%%time``)
on top of a cell.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from ..source import ALIAS, MAGIC
from .text import Text

PYTHON_CELL_MAGICS = frozenset({"time", "timeit", "prun", "capture", "memit", MAGIC, ALIAS})
"""Cell magics that run the text below them as Python in the notebook's namespace."""
PYTHON_LINE_MAGICS = frozenset({"time", "timeit", "prun", "memit"})
"""Line magics that run the rest of their line as Python in the notebook's namespace."""

_ESCAPES = "%!?,;/"
_CELL_MAGIC = re.compile(r"%%(\w[\w.]*)?")
_LINE_MAGIC = re.compile(r"%+(\w[\w.]*)[ \t]*(.*)", re.DOTALL)
_BLANKS = " \t\f"


@dataclass(frozen=True, slots=True)
class Escape:
    """One piece of IPython's syntax."""

    first_line: int
    last_line: int
    name: str | None
    """The magic's name; ``None`` for shell commands, help and autocalls."""
    body: str
    """The text after the name."""
    assigned: bool
    """It is the right side of an assignment."""


@dataclass(frozen=True, slots=True)
class Masked:
    """The result of `mask`."""

    text: str
    cell_magics: list[str] = field(default_factory=list)
    escapes: list[Escape] = field(default_factory=list)

    @property
    def foreign_magic(self) -> str | None:
        """A cell magic whose text below may be anything but Python."""
        return next((name for name in self.cell_magics if name not in PYTHON_CELL_MAGICS), None)

    def commands(self) -> list[tuple[str | None, str]]:
        """What IPython is told to do, in order; where it stands does not matter."""
        magics: list[tuple[str | None, str]] = [
            (None, name) for name in self.cell_magics if name not in (MAGIC, ALIAS)
        ]
        return magics + [(escape.name, escape.body) for escape in self.escapes]

    def escapes_within(self, first: int, last: int) -> list[Escape]:
        """The escapes that touch the lines ``first`` to ``last``, from one."""
        return [e for e in self.escapes if e.first_line <= last and e.last_line >= first]


def mask(source: str) -> Masked:
    """Replace IPython's syntax. What is neither IPython's nor Python's stays as it is."""
    text = Text(source)
    content = list(source)
    cell_magics, number = _mask_cell_magics(text, content)
    scanner = _Scanner(text, content, text.lines[number - 1].start if number else len(source))
    scanner.run()
    return Masked("".join(content), cell_magics, scanner.escapes)


def _mask_cell_magics(text: Text, content: list[str]) -> tuple[list[str], int]:
    """Turn cell magics into comments; returns their names and the line where Python begins."""
    names: list[str] = []
    for number, line in enumerate(text.lines, start=1):
        words = text.line(number)
        if not words.strip():
            continue
        match = _CELL_MAGIC.match(words)
        if match is None:
            return names, number
        names.append(match.group(1) or words)
        content[line.start : line.end] = "#" * len(words)
        if names[-1] not in PYTHON_CELL_MAGICS:
            return names, 0
    return names, 0


class _Scanner:
    """Goes through the logical lines and masks those that are IPython's."""

    def __init__(self, text: Text, content: list[str], start: int) -> None:
        self._text = text
        self._source = text.content
        self._starts = [line.start for line in text.lines]
        self._content = content
        self._at = start
        self.escapes: list[Escape] = []

    def run(self) -> None:
        """Mask from the start to the end."""
        source = self._source
        while self._at < len(source):
            character = source[self._at]
            if character in _BLANKS or character in "\r\n":
                self._at += 1
            elif character == "#":
                self._at = self._line_end(self._at)
            elif character in _ESCAPES:
                self._mask(self._at, self._continued_end(self._at), assigned=False)
            else:
                self._logical_line()

    def _logical_line(self) -> None:
        source, start, depth = self._source, self._at, 0
        help_asked = False
        at = start
        while at < len(source):
            character = source[at]
            if character in "\r\n" and depth == 0:
                break
            if character == "\\":
                at += 3 if source.startswith("\\\r\n", at) else 2
                continue
            if character == "#":
                at = self._line_end(at)
                continue
            if character in "\"'":
                at = self._string_end(at)
                continue
            if character in "([{":
                depth += 1
            elif character in ")]}":
                depth = max(0, depth - 1)
            elif character == "?":
                help_asked = True
            elif character == "=" and depth == 0:
                value = at + 1
                while value < len(source) and source[value] in _BLANKS:
                    value += 1
                if source[value : value + 1] in ("%", "!") and source[at - 1] not in "=!<>":
                    self._mask(value, self._continued_end(value), assigned=True)
                    return
            at += 1
        self._at = min(at, len(source))
        if help_asked:
            self._mask(start, self._at, assigned=False)

    def _mask(self, start: int, end: int, *, assigned: bool) -> None:
        """Put names for the characters, on continued lines comments."""
        source = self._source
        body = source[start:end]
        match = _LINE_MAGIC.fullmatch(body)
        first = self._number(start)
        mark = "_"
        for at in range(start, end):
            if source[at] in "\r\n":
                mark = "#"
            else:
                self._content[at] = mark
        name, rest = (match.group(1), match.group(2)) if match else (None, body)
        self.escapes.append(Escape(first, self._number(end), name, rest, assigned))
        self._at = end

    def _number(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def _line_end(self, at: int) -> int:
        return self._text.lines[self._number(at) - 1].end

    def _continued_end(self, at: int) -> int:
        """End of the line, or of the lines that are joined to it by a backslash."""
        number = self._number(at)
        while number < len(self._text.lines) and self._text.line(number).endswith("\\"):
            number += 1
        return self._text.lines[number - 1].end

    def _string_end(self, at: int) -> int:
        """The place after a string literal; an unfinished one ends with its line."""
        source = self._source
        quote = source[at] * 3 if source.startswith(source[at] * 3, at) else source[at]
        at += len(quote)
        while at < len(source):
            if source[at] == "\\":
                at += 3 if source.startswith("\\\r\n", at) else 2
            elif source.startswith(quote, at):
                return at + len(quote)
            elif len(quote) == 1 and source[at] in "\r\n":
                return at
            else:
                at += 1
        return len(source)

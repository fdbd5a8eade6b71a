"""Places in a text: lines, and positions as in the Language Server Protocol."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..record import Position

_NEWLINE = re.compile(r"\r\n|\r|\n")
_BEYOND_BMP = 0x10000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text, in code points from the text's start."""

    start: int
    end: int
    """Where its content ends and its line ending begins."""
    newline: str
    """Its line ending; empty on the last line."""


class Text:
    """A text and its lines, which end as Python's do: with LF, CR LF or CR."""

    def __init__(self, content: str) -> None:
        """``content`` is kept as it is."""
        self.content = content
        self.lines: list[Line] = []
        start = 0
        for match in _NEWLINE.finditer(content):
            self.lines.append(Line(start, match.start(), match.group()))
            start = match.end()
        self.lines.append(Line(start, len(content), ""))

    def line(self, number: int) -> str:
        """Content of a line, without its line ending. ``number`` counts from one."""
        line = self.lines[number - 1]
        return self.content[line.start : line.end]

    def indent(self, number: int) -> str:
        """Blanks at the start of a line. ``number`` counts from one."""
        content = self.line(number)
        return content[: len(content) - len(content.lstrip(" \t\f"))]

    def position(self, number: int, column: int) -> Position:
        """Position of the code point ``column`` (from zero) of line ``number`` (from one)."""
        return Position(line=number - 1, column=utf16_length(self.line(number)[:column]))

    def offset(self, position: Position) -> int:
        """Code points from the text's start to a position.

        Raises ValueError if the text has no such position.
        """
        if not 0 <= position.line < len(self.lines):
            raise ValueError(f"The text has no line {position.line + 1}.")
        line = self.lines[position.line]
        units = 0
        for offset in range(line.start, line.end + 1):
            if units == position.column:
                return offset
            if offset < line.end:
                units += 2 if ord(self.content[offset]) >= _BEYOND_BMP else 1
        raise ValueError(f"Line {position.line + 1} has no column {position.column}.")

    def newline(self, number: int) -> str:
        """The line ending to use next to line ``number``: its own, or else the text's first."""
        return self.lines[number - 1].newline or self.lines[0].newline or "\n"


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, the unit of columns in a browser's strings."""
    return len(text) + sum(ord(character) >= _BEYOND_BMP for character in text)

"""The texts of the cells that ran: which of them a piece of compiled code stands in."""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from dataclasses import dataclass

from ...source import leading_lines, source_hash

_MOST = 500
"""Texts that are remembered."""


@dataclass(frozen=True, slots=True)
class CellText:
    """The text that a file of compiled code was made of."""

    source_hash: str
    shift: int
    """Lines on top of the text that were not compiled."""


class CellTexts:
    """Remembers the texts of a session, newest first.

    IPython compiles a cell under a file name of its own making, and a function keeps that name
    for as long as it lives; what was compiled under it is in `linecache`.
    """

    def __init__(self) -> None:
        """No cell has run."""
        self._texts: dict[str, None] = {}
        self._found: dict[str, CellText] = {}
        self._told: set[str] = set()

    def add(self, source: str) -> None:
        """A cell with this text begins."""
        self._texts.pop(source, None)
        self._texts[source] = None
        while len(self._texts) > _MOST:
            del self._texts[next(iter(self._texts))]

    def tell(self, files: Mapping[str, CellText]) -> None:
        """What code was made of that another process has compiled, by file name."""
        self._found.update(files)
        self._told.update(files)

    def is_told(self, filename: str) -> bool:
        """Whether it is one of those."""
        return filename in self._told

    def latest(self) -> list[str]:
        """All of them, the last one first."""
        return list(reversed(self._texts))

    def line(self, text_hash: str | None, number: int) -> str:
        """A line of a text, without the blanks around it; empty if it is none of the last ones."""
        found = (text for text in reversed(self._texts) if source_hash(text) == text_hash)
        lines = next(found, "").split("\n")
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def find(self, filename: str) -> CellText | None:
        """The text that was compiled under this name; ``None`` if it is none of the last ones."""
        found = self._found.get(filename)
        if found is None:
            compiled = stripped(linecache.getlines(filename))
            for text in reversed(self._texts) if compiled else ():
                shift = shift_of(text, compiled)
                if shift is not None:
                    found = self._found[filename] = CellText(source_hash(text), shift)
                    break
        return found


def shift_of(text: str, compiled: list[str]) -> int | None:
    """How many lines on top of a text are not compiled, if the rest is this code.

    Magics on top, which run what stands below them, are among these lines.
    """
    lines = text.split("\n")
    start = leading_lines(lines)
    while True:
        rest = stripped(lines[start:])
        if len(rest) == len(compiled) and all(
            one == other or "get_ipython()" in other
            for one, other in zip(rest, compiled, strict=True)
        ):
            return start
        if not rest or not rest[0].startswith("%%"):
            return None
        start += 1 + leading_lines(lines[start + 1 :])


def stripped(lines: list[str]) -> list[str]:
    """Lines without the space around them, and without empty ones in the end."""
    found = [line.strip() for line in lines]
    while found and not found[-1]:
        found.pop()
    return found

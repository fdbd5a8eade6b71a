"""Which line of the running cell a piece of code was called from.

A cell's code is not its text: IPython drops blank lines on top, joins magics that are continued
with a backslash, and gives the body of a cell magic to the magic. `CellCode` says the line of
the text, or ``None`` where it cannot know.
"""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

from ..source import leading_lines
from .exceptions import traceback_of

_filename = vars(SyntaxError)["filename"].__get__
_lineno = vars(SyntaxError)["lineno"].__get__

_Place = tuple[str, int]
"""File name and line number of compiled code."""

_OTHER_LINE_ENDS = re.compile("[\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]|\r(?!\n)")
_TIMED = ("<timed exec>", "<timed eval>")
"""IPython's names for the body of ``%%time``, which it compiles itself."""
_ANONYMOUS = frozenset({"<module>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})


class CellCode:
    """Finds the line of one cell that a frame is in. Cheap: a walk up the stack."""

    def __init__(
        self,
        source: str,
        namespace: Mapping[str, Any],
        *,
        filename: str | None = None,
        is_body: bool = False,
    ) -> None:
        """``namespace``: the globals that the cell runs in, live.

        ``filename`` is for code that is no cell: the name that it was compiled under. ``is_body``:
        what runs is the text below the cell's magic, which has sent it here.
        """
        self.namespace = namespace
        self._filename = filename
        # The lines of a text with other line ends are counted differently by everybody.
        self._countable = _OTHER_LINE_ENDS.search(source) is None
        self._lines = source.split("\n")
        self._text = _Text(self._lines, 1)
        if is_body:
            self._text = self._text.body()

    @property
    def is_magic(self) -> bool:
        """A magic gets the cell's text and runs it."""
        return self._text.is_magic

    def error_line(self, error: BaseException) -> int | None:
        """Line of the cell that ``error`` was raised in or below, from one."""
        places: list[_Place] = []
        nested = False
        traceback = traceback_of(error)
        while traceback is not None:
            frame = traceback.tb_frame
            if frame.f_globals is self.namespace:
                nested = not is_top_level(frame.f_code.co_name)
                if not nested:
                    places.append((frame.f_code.co_filename, traceback.tb_lineno))
            traceback = traceback.tb_next
        if not places and issubclass(type(error), SyntaxError):
            filename, number = _filename(error), _lineno(error)
            if type(filename) is str and type(number) is int:
                places, nested = [(filename, number)], False
        return self.resolve(places, nested)[0]

    def line_of(self, filename: str, line: int) -> int | None:
        """Line of the cell for a line of code that was compiled from it under this name."""
        if not self._countable or self._text.is_magic:
            return None
        if self._filename is not None and filename != self._filename:
            return None
        return self._text.line(filename, line)

    def body_line_of(self, filename: str, line: int) -> int | None:
        """As `line_of`; of a magic's cell for a line that was compiled from the magic's body."""
        text = self._text
        while text.is_magic:
            text = text.body()
        return text.line(filename, line) if self._countable else None

    def holds(self, code: CodeType) -> bool:
        """Whether code that was compiled from a magic's body can be of this cell's.

        IPython compiles the bodies of all cells with ``%%time`` under one name.
        """
        line = self.body_line_of(code.co_filename, code.co_firstlineno)
        text = "" if line is None else self._lines[line - 1]
        names = (code.co_name, "lambda") if code.co_name == "<lambda>" else (code.co_name,)
        return code.co_name in _ANONYMOUS or "@" in text or any(name in text for name in names)

    def resolve(self, places: list[_Place], nested: bool) -> tuple[int | None, int]:
        """The line of the cell, and the index of the place that says so.

        ``places``: module-level code in the namespace, outermost first; ``nested``: a function of
        the namespace is called within the innermost.
        """
        if not self._countable:
            return None, 0
        first = 0
        # A program that embeds IPython in its own globals is on the stack, too.
        while first < len(places) and not self._may_be(places[first][0]):
            first += 1
        text = self._text
        magic: tuple[int | None, int] = (None, 0)
        for index in range(first, len(places)):
            filename, line = places[index]
            if self._filename is not None and filename != self._filename:
                continue
            found = text.line(filename, line)
            if found is None or not text.is_magic:
                return found, index
            magic = text.first, index
            text = text.body()
        # Only the call of the magic is on the stack. If the magic runs code of the notebook, that
        # may be any line of the body.
        return (None, 0) if nested else magic

    def _may_be(self, filename: str) -> bool:
        """Whether code under this name can be the cell's."""
        return filename == self._filename or (self._filename is None and is_generated(filename))


def is_top_level(name: str) -> bool:
    """Whether this is the name of a cell's code; IPython 8.1 to 8.4 put the line in it."""
    return name == "<module>" or name.startswith("<cell line:")


def is_generated(filename: str) -> bool:
    """Whether IPython entered this code: without a time, older versions in a cache of their own."""
    entry = linecache.cache.get(filename)
    if entry is not None and len(entry) == 4 and entry[1] is None:
        return True
    return filename in getattr(linecache, "_ipython_cache", ())


@dataclass(slots=True)
class _Alignment:
    """Which compiled lines are which lines of the text: equal ones on top, equal ones below."""

    head: int
    tail_from: int
    tail_shift: int

    def line(self, compiled: int) -> int | None:
        """Line of the text, from one."""
        if compiled <= self.head:
            return compiled
        return compiled + self.tail_shift if compiled >= self.tail_from else None


class _Text:
    """A cell's text, or the body of its magic, without the lines on top that never compile."""

    def __init__(self, lines: list[str], first: int) -> None:
        """``first``: number of the first of ``lines`` in the cell."""
        start = leading_lines(lines)
        self.lines = [line.strip() for line in lines[start:]]
        while self.lines and not self.lines[-1]:
            self.lines.pop()
        self.first = first + start
        self.is_magic = start < len(lines) and lines[start].startswith("%%")
        self._raw = lines[start:]
        self._body: _Text | None = None
        self._alignments: dict[str, _Alignment | None] = {}

    def body(self) -> _Text:
        """The text below the magic's line."""
        if self._body is None:
            self._body = _Text(self._raw[1:], self.first + 1)
        return self._body

    def line(self, filename: str, line: int) -> int | None:
        """Line of the cell for a line of the code that was compiled from this text."""
        if filename not in self._alignments:
            self._alignments[filename] = self._align(filename)
        alignment = self._alignments[filename]
        if alignment is None:
            return None
        found = alignment.line(line)
        return None if found is None else self.first + found - 1

    def _align(self, filename: str) -> _Alignment | None:
        if filename in _TIMED:
            return _Alignment(head=self._surely_unchanged(), tail_from=sys.maxsize, tail_shift=0)
        if not is_generated(filename):
            return None
        compiled = [line.strip() for line in linecache.getlines(filename)]
        while compiled and not compiled[-1]:
            compiled.pop()
        if self.is_magic or len(compiled) == len(self.lines):
            return _Alignment(head=len(compiled), tail_from=sys.maxsize, tail_shift=0)
        shorter = min(len(compiled), len(self.lines))
        head = 0
        while head < shorter and compiled[head] == self.lines[head]:
            head += 1
        tail = 0
        while tail < shorter - head and compiled[-1 - tail] == self.lines[-1 - tail]:
            tail += 1
        shift = len(self.lines) - len(compiled)
        return _Alignment(head=head, tail_from=len(compiled) - tail + 1, tail_shift=shift)

    def _surely_unchanged(self) -> int:
        """Lines before the first that IPython could join with the next."""
        for index, line in enumerate(self.lines):
            if line.endswith(("\\", "?")):
                return index
        return len(self.lines)

"""The statements of a cell and where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from .mask import Masked, mask
from .text import Text

_STRINGS = tuple(
    getattr(cst, name)
    for name in ("SimpleString", "FormattedString", "TemplatedString")
    if hasattr(cst, name)  # the last needs libcst 1.8.3
)
_PARTS = (
    cst.If,  # as an elif
    cst.Else,
    cst.ExceptHandler,
    cst.ExceptStarHandler,
    cst.Finally,
    cst.MatchCase,
)


class CannotFix(Exception):
    """There is no safe change; the message says why, in a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring statements of one block."""

    block: Sequence[cst.BaseStatement]
    first: int
    last: int
    """Indices in ``block``, both included."""
    enclosing: tuple[cst.BaseStatement, ...]
    """The compound statements around, outermost first."""

    @property
    def statements(self) -> Sequence[cst.BaseStatement]:
        """The statements."""
        return self.block[self.first : self.last + 1]


class Cell:
    """A parsed cell. Lines count from one, columns (in code points) from zero."""

    def __init__(self, source: str) -> None:
        """Raises CannotFix if the cell is not Python."""
        self.text = Text(source)
        self.masked: Masked = mask(source)
        if self.masked.foreign_magic is not None:
            magic = self.masked.foreign_magic.lstrip("%")
            raise CannotFix(f"The cell's text is for %%{magic} and may not be Python.")
        try:
            self.module = cst.parse_module(self.masked.text)
        except cst.ParserSyntaxError:
            raise CannotFix("The cell could not be parsed.") from None
        wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
        self._positions = wrapper.resolve(PositionProvider)

    def place(self, node: cst.CSTNode) -> CodeRange:
        """Where a node's code stands, without blanks and comments around it."""
        return self._positions[node]

    def lines(self, node: cst.CSTNode) -> tuple[int, int]:
        """First and last line of a node."""
        place = self.place(node)
        return place.start.line, place.end.line

    def span_lines(self, span: Span) -> tuple[int, int]:
        """First and last line of the statements of a span."""
        return self.lines(span.statements[0])[0], self.lines(span.statements[-1])[1]

    def spans(self, lines: Sequence[int]) -> list[Span]:
        """The smallest statements that hold the lines, neighbours joined, in order.

        A line in the head of a compound statement stands for that statement with its body.
        Raises CannotFix if there is no statement on a line.
        """
        found = {(id(s.block), s.first): s for s in (self._locate(line) for line in lines)}
        whole = {id(span.block[span.first]) for span in found.values()}
        outermost = [
            span for span in found.values() if not any(id(e) in whole for e in span.enclosing)
        ]
        joined: list[Span] = []
        for span in sorted(outermost, key=self.span_lines):
            previous = joined[-1] if joined else None
            if previous and previous.block is span.block and previous.last + 1 == span.first:
                joined[-1] = Span(span.block, previous.first, span.last, span.enclosing)
            else:
                joined.append(span)
        return joined

    def string_interiors(self) -> set[int]:
        """Lines that begin inside a string: what looks like their indentation is its content."""
        lines: set[int] = set()
        for node in descendants(self.module):
            if isinstance(node, _STRINGS):
                first, last = self.lines(node)
                lines.update(range(first + 1, last + 1))
        return lines

    def _locate(self, line: int) -> Span:
        block: Sequence[cst.BaseStatement] = self.module.body
        enclosing: tuple[cst.BaseStatement, ...] = ()
        found: Span | None = None
        while True:
            index = self._index(block, line)
            if index is None:
                break
            found = Span(block, index, index, enclosing)
            inner = next((b for b in _blocks(block[index]) if self._index(b, line) is not None), ())
            if not inner:
                return found
            enclosing += (block[index],)
            block = inner
        if found is None:
            raise CannotFix(f"There is no statement on line {line}.")
        return found

    def _index(self, block: Sequence[cst.BaseStatement], line: int) -> int | None:
        for index, statement in enumerate(block):
            first, last = self.lines(statement)
            if first <= line <= last:
                return index
        return None


def _blocks(statement: cst.BaseStatement) -> Iterator[Sequence[cst.BaseStatement]]:
    """The indented blocks of a compound statement that run where it stands."""
    if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
        return
    parts: list[cst.CSTNode] = [statement]
    while parts:
        part = parts.pop(0)
        for child in part.children:
            if isinstance(child, cst.IndentedBlock):
                yield child.body
            elif isinstance(child, _PARTS):
                parts.append(child)


def descendants(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all below it."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(current.children)

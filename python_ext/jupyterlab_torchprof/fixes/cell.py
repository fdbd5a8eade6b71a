"""The statements of a cell and where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from .mask import Masked, mask
from .syntax import parse
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
    unit: str
    """What the block is indented by; at top level what the cell indents by."""

    @property
    def statements(self) -> Sequence[cst.BaseStatement]:
        """The statements."""
        return self.block[self.first : self.last + 1]


@dataclass(frozen=True, slots=True)
class Imported:
    """One name that an import statement at top level binds."""

    line: int
    """Last line of the statement."""
    what: str
    """What it stands for: ``torch``, ``torch.no_grad``."""
    name: str


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
            parse(source)  # first, for it knows what is too much for libcst
            self.module = cst.parse_module(self.masked.text)
        except (SyntaxError, UnicodeError, cst.ParserSyntaxError):
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
                joined[-1] = replace(previous, last=span.last)
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

    def imports(self) -> Iterator[Imported]:
        """The imports at top level, in order."""
        for statement in self.module.body:
            if isinstance(statement, cst.SimpleStatementLine):
                last = self.lines(statement)[1]
                for part in statement.body:
                    for what, name in imported_by(part):
                        yield Imported(last, what, name)

    def _locate(self, line: int) -> Span:
        default = self.module.default_indent
        index = self._index(self.module.body, line)
        if index is None:
            raise CannotFix(f"There is no statement on line {line}.")
        span = Span(self.module.body, index, index, (), default)
        while True:
            statement = span.block[span.first]
            for block in _blocks(statement):
                index = self._index(block.body, line)
                if index is not None:
                    around = (*span.enclosing, statement)
                    span = Span(block.body, index, index, around, block.indent or default)
                    break
            else:
                return span

    def _index(self, block: Sequence[cst.BaseStatement], line: int) -> int | None:
        for index, statement in enumerate(block):
            first, last = self.lines(statement)
            if first <= line <= last:
                return index
        return None


def _blocks(statement: cst.BaseStatement) -> Iterator[cst.IndentedBlock]:
    """The indented blocks of a compound statement that run where it stands."""
    if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
        return
    parts: list[cst.CSTNode] = [statement]
    while parts:
        part = parts.pop(0)
        for child in part.children:
            if isinstance(child, cst.IndentedBlock):
                yield child
            elif isinstance(child, _PARTS):
                parts.append(child)


def imported_by(part: cst.BaseSmallStatement) -> Iterator[tuple[str, str]]:
    """What an import imports, and the name that it binds."""
    if isinstance(part, cst.Import):
        for alias in part.names:
            bound = alias.evaluated_alias
            # "import torch.nn" binds torch, "import torch.nn as nn" does not.
            what = alias.evaluated_name if bound else alias.evaluated_name.split(".")[0]
            yield what, bound or what
    elif isinstance(part, cst.ImportFrom) and not part.relative and part.module is not None:
        source = cst.Module([]).code_for_node(part.module)
        if not isinstance(part.names, cst.ImportStar):
            for alias in part.names:
                name = alias.evaluated_name
                yield f"{source}.{name}", alias.evaluated_alias or name


def descendants(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all below it."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(current.children)

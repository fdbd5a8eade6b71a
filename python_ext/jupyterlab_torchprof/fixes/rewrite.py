"""Small changes of one cell, collected as text edits: what most fixes are made of.

Only the characters that change are touched, so comments, blanks, line endings and IPython's own
syntax stay as the user wrote them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider

from ..record import Fix, TextEdit
from ..source import source_hash
from .apply import EditError, apply_edits
from .cell import CannotFix, Cell
from .syntax import check_compiles

__all__ = ["CannotFix", "Rewrite", "combine"]

_Node = TypeVar("_Node", bound=cst.CSTNode)


class Place(Protocol):
    """Where code stands: lines from one, columns in code points from zero."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def end_line(self) -> int: ...
    @property
    def end_column(self) -> int: ...


class Rewrite:
    """Collects changes of one cell. Each method raises CannotFix where it would not be safe."""

    def __init__(self, source: str, cell_id: str | None) -> None:
        """Raises CannotFix if the cell is not Python."""
        self.cell = Cell(source)
        self.source = source
        self._cell_id = cell_id
        self._changes: list[tuple[tuple[int, int], tuple[int, int], str]] = []
        self._parents: dict[cst.CSTNode, cst.CSTNode] | None = None

    # --- finding ---------------------------------------------------------------------------

    def find(self, kind: type[_Node], place: Place) -> _Node:
        """The node of a kind at exactly this place (`advice.text.code` says where calls stand)."""
        wanted = ((place.line, place.column), (place.end_line, place.end_column))
        stack: list[cst.CSTNode] = [self.cell.module]
        while stack:
            node = stack.pop()
            if isinstance(node, kind) and self._range(node) == wanted:
                return node
            stack.extend(node.children)
        raise CannotFix(f"The code of line {place.line} could not be found again.")

    def call(self, place: Place) -> cst.Call:
        """The call at a place."""
        return self.find(cst.Call, place)

    def parent(self, node: cst.CSTNode) -> cst.CSTNode:
        """The node around a node."""
        if self._parents is None:
            wrapper = MetadataWrapper(self.cell.module, unsafe_skip_copy=True)
            self._parents = dict(wrapper.resolve(ParentNodeProvider))
        return self._parents[node]

    def statement(self, node: cst.CSTNode) -> cst.BaseStatement:
        """The innermost statement around a node: a simple line, or a compound statement."""
        while not isinstance(node, cst.BaseStatement):
            if isinstance(node, cst.SimpleStatementSuite):
                line = self.cell.lines(node)[0]
                raise CannotFix(f"The statement of line {line} stands behind a colon.")
            node = self.parent(node)
        return node

    def code(self, node: cst.CSTNode) -> str:
        """A node's text, as the user wrote it."""
        start, end = self._range(node)
        return self.source[self._offset(start) : self._offset(end)]

    # --- changing --------------------------------------------------------------------------

    def replace(self, node: cst.CSTNode, text: str) -> None:
        """Put ``text`` for a node; parentheses around it stay."""
        start, end = self._range(node)
        self._change(start, end, text)

    def replace_head(self, node: cst.CSTNode, value: cst.BaseExpression, text: str) -> None:
        """Put ``text`` for what a node has in front of its value: ``return``, ``raise``."""
        self._change(self._range(node)[0], self._range_with_parentheses(value)[0], text)

    def insert_before(self, node: cst.CSTNode, text: str) -> None:
        """Insert within the line, in front of a node."""
        start = self._range(node)[0]
        self._change(start, start, text)

    def insert_after(self, node: cst.CSTNode, text: str) -> None:
        """Insert within the line, behind a node."""
        end = self._range(node)[1]
        self._change(end, end, text)

    def set_argument(self, call: cst.Call, keyword: str, value: str) -> None:
        """Give a call a keyword argument, or that argument another value."""
        for argument in call.args:
            if argument.keyword is not None and argument.keyword.value == keyword:
                self.replace(argument.value, value)
                return
        self.add_argument(call, f"{keyword}={value}")

    def add_argument(self, call: cst.Call, text: str) -> None:
        """Add an argument behind the last one, where the user would have written it."""
        if not call.args:
            end = self._range(call)[1]
            self._change((end[0], end[1] - 1), (end[0], end[1] - 1), text)
            return
        last = call.args[-1]
        value = last.value
        if isinstance(value, cst.GeneratorExp) and not value.lpar:
            raise CannotFix(f"The call of line {self.cell.lines(call)[0]} takes a generator.")
        end = self._range_with_parentheses(value)[1]
        first = self._range(last)[0][0]
        indent = self.cell.text.indent(first)
        own_line = self._range(last)[0][1] == len(indent) and first > self.cell.lines(call)[0]
        gap = f"{self.cell.text.newline(first)}{indent}" if own_line else " "
        self._change(end, end, f",{gap}{text}")

    def drop_argument(self, call: cst.Call, keyword: str) -> None:
        """Take a keyword argument away, with its comma."""
        for index, argument in enumerate(call.args):
            if argument.keyword is not None and argument.keyword.value == keyword:
                start = self._range(argument)[0]
                end = self._range_with_parentheses(argument.value)[1]
                if index + 1 < len(call.args):
                    end = self._range(call.args[index + 1])[0]
                elif index > 0:
                    start = self._range_with_parentheses(call.args[index - 1].value)[1]
                between = self.source[self._offset(start) : self._offset(end)]
                if "#" in between:
                    raise CannotFix(f"A comment stands at {keyword} on line {start[0]}.")
                self._change(start, end, "")
                return
        raise CannotFix(f"There is no argument {keyword}.")

    def add_line_above(self, node: cst.CSTNode, text: str) -> None:
        """Insert a statement on a line of its own above the statement of a node."""
        statement = self._whole(self.statement(node))
        line = self.cell.lines(statement)[0]
        if isinstance(statement, (cst.FunctionDef, cst.ClassDef)) and statement.decorators:
            line = self.cell.lines(statement.decorators[0])[0]
        indent = self.cell.text.indent(line)
        at = (line, len(indent))
        self._change(at, at, f"{text}{self.cell.text.newline(line)}{indent}")

    def add_line_below(self, node: cst.CSTNode, text: str) -> None:
        """Insert a statement on a line of its own below the statement of a node."""
        statement = self._whole(self.statement(node))
        first, last = self.cell.lines(statement)
        indent = self.cell.text.indent(first)
        at = (last, len(self.cell.text.line(last)))
        self._change(at, at, f"{self.cell.text.newline(last)}{indent}{text}")

    def indent_under(self, first: cst.CSTNode, last: cst.CSTNode, head: str) -> None:
        """Put the statements from that of one node to that of another into a block of ``head``."""
        top, bottom = self._whole(self.statement(first)), self._whole(self.statement(last))
        block = list(getattr(self.parent(top), "body", ()))
        if bottom not in block:
            raise CannotFix("The statements do not stand in one block.")
        text, cell = self.cell.text, self.cell
        line, end = cell.lines(top)[0], cell.lines(bottom)[1]
        indent, unit = text.indent(line), _unit(self.cell, text.indent(line))
        at = (line, len(indent))
        self._change(at, at, f"{head}:{text.newline(line)}{indent}{unit}")
        inside_strings = cell.string_interiors()
        for number in range(line + 1, end + 1):
            if number in inside_strings or not text.line(number).strip():
                continue
            column = len(indent) if text.line(number).startswith(indent) else 0
            self._change((number, column), (number, column), unit)

    def delete_statement(self, node: cst.CSTNode) -> None:
        """Take a simple statement away; its whole line, if nothing else stands there."""
        statement = self.statement(node)
        if not isinstance(statement, cst.SimpleStatementLine):
            raise CannotFix(f"Line {self.cell.lines(statement)[0]} is no simple statement.")
        part = node
        while self.parent(part) is not statement:
            part = self.parent(part)
        first, last = self.cell.lines(statement)
        if len(statement.body) > 1:
            index = next(i for i, each in enumerate(statement.body) if each is part)
            if index + 1 < len(statement.body):
                start, end = self._range(part)[0], self._range(statement.body[index + 1])[0]
            else:
                start, end = self._range(statement.body[index - 1])[1], self._range(part)[1]
            self._change(start, end, "")
            return
        if self._is_alone(statement):
            self.replace(part, "pass")
            return
        text = self.cell.text
        if "#" in text.line(last)[self._range(statement)[1][1] :]:
            raise CannotFix(f"A comment stands on line {last}, which would go.")
        if last < len(text.lines):
            self._change((first, 0), (last + 1, 0), "")
        elif first > 1:
            self._change((first - 1, len(text.line(first - 1))), (last, len(text.line(last))), "")
        else:
            raise CannotFix("Nothing would be left of the cell.")

    def align(self, node: cst.CSTNode, like: cst.CSTNode) -> None:
        """Give the line of a simple statement the indentation of another one.

        The last statement of a block leaves it so.
        """
        first, last = self.cell.lines(self._whole(self.statement(node)))
        if first != last:
            raise CannotFix(f"The statement of line {first} takes several lines.")
        indent = self.cell.text.indent(self.cell.lines(self.statement(like))[0])
        self._change((first, 0), (first, len(self.cell.text.indent(first))), indent)

    # --- result ----------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Nothing was changed so far."""
        return not self._changes

    def edits(self) -> list[TextEdit]:
        """The changes as edits, in the order of the text; the changed cell still compiles."""
        if not self._changes:
            raise CannotFix("There is nothing to change.")
        text = self.cell.text
        hashed = source_hash(self.source)
        merged: dict[tuple[tuple[int, int], tuple[int, int]], str] = {}
        for start, end, new_text in self._changes:
            key = (start, end)
            if key in merged and start != end:
                raise CannotFix("Two changes touch the same place.")
            merged[key] = merged.get(key, "") + new_text
        edits = [
            TextEdit(
                cell_id=self._cell_id,
                source_hash=hashed,
                start=text.position(*start),
                end=text.position(*end),
                new_text=new_text,
            )
            for (start, end), new_text in sorted(merged.items())
        ]
        try:
            check_compiles(apply_edits(self.source, edits))
        except (EditError, SyntaxError):
            raise CannotFix("The cell could not be changed safely.") from None
        return edits

    def fix(self, title: str, *, safe: bool = False) -> Fix:
        """The changes as a fix. ``safe``: every value that is computed stays the same."""
        return Fix(title=title, edits=self.edits(), safe=safe)

    # --- places ----------------------------------------------------------------------------

    def _change(self, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        first, last = start[0], end[0]
        for escape in self.cell.masked.escapes_within(first, last):
            raise CannotFix(f"Line {escape.first_line} is IPython's own syntax.")
        self._changes.append((start, end, text))

    def _range(self, node: cst.CSTNode) -> tuple[tuple[int, int], tuple[int, int]]:
        place = self.cell.place(node)
        return (place.start.line, place.start.column), (place.end.line, place.end.column)

    def _range_with_parentheses(
        self, node: cst.BaseExpression
    ) -> tuple[tuple[int, int], tuple[int, int]]:
        """An expression's place with the parentheses around it."""
        start, end = self._range(node)
        if node.lpar:
            start = self._range(node.lpar[0])[0]
            end = self._range(node.rpar[-1])[1]
        return start, end

    def _offset(self, place: tuple[int, int]) -> int:
        return self.cell.text.lines[place[0] - 1].start + place[1]

    def _whole(self, statement: cst.BaseStatement) -> cst.BaseStatement:
        """The statement, if a line can be put above or below it."""
        first, last = self.cell.lines(statement)
        blanks = self.cell.text.indent(first)
        start = self._range(statement)[0][1]
        if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) > 1:
            raise CannotFix(f"Line {first} holds several statements.")
        if start != len(blanks):
            raise CannotFix(f"The statement of line {first} does not begin its line.")
        if self.cell.text.line(last).endswith("\\"):
            raise CannotFix(f"Line {last} is continued.")
        return statement

    def _is_alone(self, statement: cst.BaseStatement) -> bool:
        block = self.parent(statement)
        body: Sequence[cst.CSTNode] = getattr(block, "body", ())
        return not isinstance(block, cst.Module) and len(body) == 1


def _unit(cell: Cell, indent: str) -> str:
    """What one more level is indented by, next to a line with this indentation."""
    if "\t" in indent:
        return "\t"
    return cell.module.default_indent


def combine(title: str, rewrites: Sequence[Rewrite], *, safe: bool = False) -> Fix:
    """One fix of changes in several cells; those without changes are left out."""
    edits = [edit for rewrite in rewrites if not rewrite.is_empty for edit in rewrite.edits()]
    if not edits:
        raise CannotFix("There is nothing to change.")
    return Fix(title=title, edits=edits, safe=safe)

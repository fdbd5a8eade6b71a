"""Wrap statements of a cell in ``with torch.no_grad():``.

The edits are insertions only: a line above, indentation in front of each physical line, and
where the wrapped value was the cell's shown result, an assignment and the name below. All else
(comments, strings, blanks, line endings) stays as the user wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import libcst as cst

from ..record import Fix, TextEdit
from ..source import source_hash
from . import hazards, proof
from .apply import apply_edits
from .cell import CannotFix, Cell, Span, descendants
from .display import Display, find_display
from .torch_name import find_no_grad

__all__ = ["CannotFix", "Wrapped", "wrap_no_grad"]


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A safe fix."""

    fix: Fix
    lines: list[int]
    """Lines of the statements that are wrapped, from one."""


def wrap_no_grad(
    source: str,
    lines: Sequence[int],
    *,
    cell_id: str | None,
    torch_name: str | None = None,
    taken: Collection[str] = (),
    trained_until: int | None = None,
) -> Wrapped:
    """Wrap the smallest statements that hold ``lines`` (from one) in ``torch.no_grad()``.

    ``torch_name`` is PyTorch's name in the namespace; without one the fix imports it. ``taken``
    are names that the fix must not bind. ``trained_until`` is the line of the run's last backward
    or step, 0 for none; ``None``: not known, so that names of calls decide.

    Raises CannotFix, with the reason, where the change would not be safe.
    """
    if not lines:
        raise CannotFix("No line of the cell is known to be the cause.")
    cell = Cell(source)
    spans = cell.spans(lines)
    for span in spans:
        hazards.check(cell, span, trained_until)
    no_grad = find_no_grad(cell, cell.span_lines(spans[0])[0], torch_name)
    display = find_display(cell, spans[-1], taken)

    insertions = _Insertions(cell)
    if no_grad.import_line is not None:
        if no_grad.import_line > cell.span_lines(spans[0])[0]:
            raise CannotFix("There is no place for an import above the forward.")
        insertions.add(no_grad.import_line, 0, f"import torch{cell.text.newline(1)}")
    for span in spans:
        _wrap(cell, span, no_grad.expression, insertions)
    if display is not None:
        _show_below(cell, spans[-1], display, insertions)
    edits = insertions.edits(cell_id)
    where = [cell.span_lines(span) for span in spans]
    change = proof.Change(where, no_grad, display.name if display else None)
    if not proof.holds(source, apply_edits(source, edits), change):
        raise CannotFix("The cell could not be changed without changing more than the grad mode.")
    wrapped = [line for first, last in where for line in range(first, last + 1)]
    title = f"Wrap {_name_lines(where)} in torch.no_grad()"
    return Wrapped(Fix(title=title, edits=edits, safe=True), wrapped)


class _Insertions:
    """Text to insert by line (from one) and column (code points, from zero)."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._texts: dict[tuple[int, int], str] = {}

    def add(self, line: int, column: int, text: str) -> None:
        """Insert ``text``; after what was added at the same place before."""
        self._texts[line, column] = self._texts.get((line, column), "") + text

    def edits(self, cell_id: str | None) -> list[TextEdit]:
        """As edits, in the order of the text."""
        text = self._cell.text
        hashed = source_hash(text.content)
        edits: list[TextEdit] = []
        for (line, column), new_text in sorted(self._texts.items()):
            start, end = text.position(line, column), text.position(line, column)
            edits.append(
                TextEdit(
                    cell_id=cell_id, source_hash=hashed, start=start, end=end, new_text=new_text
                )
            )
        return edits


def _wrap(cell: Cell, span: Span, expression: str, insertions: _Insertions) -> None:
    text = cell.text
    first, last = cell.span_lines(span)
    indent = text.indent(first)
    unit = _indent_unit(span)
    head = f"with {expression}:{text.newline(first)}{indent}{unit}"
    insertions.add(first, len(indent), head)
    inside_strings = cell.string_interiors()
    for line in range(first + 1, last + 1):
        if line in inside_strings or not text.line(line).strip():
            continue
        # A comment or a continued line may stand further left than its statement.
        column = len(indent) if text.line(line).startswith(indent) else 0
        insertions.add(line, column, unit)


def _show_below(cell: Cell, span: Span, display: Display, insertions: _Insertions) -> None:
    text = cell.text
    insertions.add(display.line, display.column, f"{display.name} = ")
    last = cell.span_lines(span)[1]
    insertions.add(last, len(text.line(last)), f"{text.newline(last)}{display.name}")


def _indent_unit(span: Span) -> str:
    """What this block, or at top level one inside it, indents by; else what the cell does."""
    if not span.enclosing:
        for statement in span.statements:
            for node in descendants(statement):
                if isinstance(node, cst.IndentedBlock) and node.indent:
                    return node.indent
    return span.unit


def _name_lines(where: Sequence[tuple[int, int]]) -> str:
    names = [str(first) if first == last else f"{first} to {last}" for first, last in where]
    if len(names) > 1:
        return f"lines {', '.join(names[:-1])} and {names[-1]}"
    return f"line {names[0]}" if where[0][0] == where[0][1] else f"lines {names[0]}"

"""Apply a fix's edits to a text: what a front end does in the editor, for files and tests."""

from __future__ import annotations

from collections.abc import Iterable

from ..record import TextEdit
from ..source import source_hash
from .text import Text


class EditError(ValueError):
    """The edits do not fit the text; the message says why, in a sentence for the user."""


def apply_edits(source: str, edits: Iterable[TextEdit]) -> str:
    """The text after the edits, whose positions all refer to the text before.

    Raises EditError if an edit was made for another text, lies outside it, or if two edits touch
    the same place; nothing is applied then.
    """
    text = Text(source)
    current = source_hash(source)
    spans: list[tuple[int, int, str]] = []
    for edit in edits:
        if edit.source_hash != current:
            raise EditError("The cell has changed since it was profiled.")
        try:
            start, end = text.offset(edit.start), text.offset(edit.end)
        except ValueError as error:
            raise EditError(f"The edit does not fit the cell: {error}") from None
        if end < start:
            raise EditError("The edit does not fit the cell: it ends before it starts.")
        spans.append((start, end, edit.new_text))
    spans.sort(key=lambda span: span[:2])
    parts: list[str] = []
    done, last_start = 0, -1
    for start, end, new_text in spans:
        # Of two insertions at one place no order would be right.
        if start < done or start == last_start:
            raise EditError("Two edits touch the same place.")
        parts += (source[done:start], new_text)
        done, last_start = end, start
    parts.append(source[done:])
    return "".join(parts)

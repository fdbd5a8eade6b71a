"""Functions whose body stands on the line of their head: ``def predict(x): return net(x)``."""

from __future__ import annotations

from collections.abc import Sequence

from ....fixes.apply import apply_edits
from ....fixes.text import Text
from ....record import Position, TextEdit
from ....source import source_hash

_INDENT = "    "


def below_its_head(
    cell: str,
    body: str,
    edits: Sequence[TextEdit],
    *,
    line: int,
    head: str,
    cell_id: str | None,
) -> TextEdit:
    """Changes of a body as one of its cell, which puts the body on lines of its own.

    ``body``: the text with the lines of the cell, in which it begins at the margin of ``line``;
    ``edits`` are of that. ``head``: what stands before it in the cell.
    """
    text = Text(cell)
    *changed, _end = apply_edits(body, edits).split("\n")[line - 1 :]
    while changed and not changed[-1].strip():
        changed.pop()
    margin = text.indent(line) + _INDENT
    newline = text.newline(line)
    stripped = head.rstrip()
    # The whole body is replaced, with the blanks before it.
    units = len(text.line(line).encode("utf-16-le")) // 2
    return TextEdit(
        cell_id=cell_id,
        source_hash=source_hash(cell),
        start=Position(line=line - 1, column=len(stripped.encode("utf-16-le")) // 2),
        end=Position(line=line - 1, column=units),
        new_text="".join(f"{newline}{margin}{each}" if each else newline for each in changed),
    )

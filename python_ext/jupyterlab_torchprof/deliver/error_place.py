"""Where an error came about, in words.

``src/views/error-place.ts`` is the twin in the front end; one fixture holds both to the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..record import CellRecord, ErrorFrame, Place
from .places import at_text


def error_text(cells: Sequence[CellRecord], record: CellRecord) -> str:
    """``"in `evaluate`, cell [2] line 18, called by [3] line 4"``, after the runs ``cells``.

    ``"on line 4"`` of the cell itself; empty if the run had no error or nothing is known.
    """
    error = record.error
    if error is None:
        return ""
    places = [_place(frame) for frame in error.frames]
    if not places:
        return "" if error.line is None or error.line < 1 else f"on line {error.line}"
    place = places[-1]
    where = at_text(cells, record, place)
    tops = (one for one in places if _is_top(one, record))
    caller = None if _is_top(place, record) else next(tops, None)
    if caller is None:
        return where
    count = record.execution_count
    cell = "" if place.source_hash == record.source_hash or count is None else f"[{count}] "
    return f"{where}, called by {cell}line {caller.line}"


def _is_top(place: Place, record: CellRecord) -> bool:
    return place.source_hash == record.source_hash and place.function is None


def _place(frame: ErrorFrame) -> Place:
    is_top = frame.function.startswith(("<module", "<cell line"))
    return Place(
        parent=None,
        kind="cell",
        source_hash=frame.source_hash,
        function=None if is_top else frame.function,
        line=frame.line,
    )

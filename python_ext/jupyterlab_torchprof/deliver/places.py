"""Where most of a run's time went, in one sentence.

``src/record/hottest.ts`` and ``src/views/place-words.ts`` are the twins in the front end; one
fixture holds both to the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..record import CellRecord, Place
from ..units import format_percent
from .quote import short

_MOST_PLACES = 2000
"""Places of a run that are looked at; a kernel keeps 500."""
_ENOUGH = 10
"""Fewer looks than this say nothing of where the time went."""
_NOISE = 3
"""Fewer looks than this in one place are noise."""
_MOSTLY = 0.8
"""From this part of a line's looks on, the one library function that has them is named."""
_SPREAD = 0.1
"""A line with less is no place to begin at."""
_NAME = 80


@dataclass(slots=True)
class _Line:
    """A line of the user's own code, with the looks whose last own line it was."""

    place: Place
    looks: int = 0
    called: dict[tuple[str | None, str | None], int] = field(default_factory=dict)
    """Looks by what it called: package and function."""


def hottest_text(cells: Sequence[CellRecord], record: CellRecord) -> str:
    """``"62% in `augment`, cell [2] line 3"``, after the runs ``cells`` of the session.

    Empty where too few looks were taken, or all were taken elsewhere.
    """
    lines, total = _own_lines(record)
    if total < _ENOUGH or not lines:
        return ""
    hottest = max(lines, key=lambda line: line.looks)  # the first of those
    if hottest.looks < _NOISE:
        return ""
    share = hottest.looks / total
    if share < _SPREAD:
        return f"Spread out: no line had more than {format_percent(share)}"
    where = _where(cells, record, hottest.place)
    called = max(hottest.called.items(), key=lambda item: item[1], default=None)
    if called is not None and called[1] >= _MOSTLY * hottest.looks:
        percent = format_percent(called[1] / total)
        return f"{percent} in {_library(*called[0])}, called from {where}"
    return f"{format_percent(share)} in {where}"


def _own_lines(record: CellRecord) -> tuple[list[_Line], int]:
    """The lines of the user's own in which the last own code of a look was, and all looks.

    A node whose parent does not stand before it is left out with all below it.
    """
    lines: dict[tuple[object, ...], _Line] = {}
    within: list[_Line | None] = []
    known: list[bool] = []
    met = 0
    for index, place in enumerate(record.places[:_MOST_PLACES]):
        parent = place.parent
        known.append(parent is None or (0 <= parent < index and known[parent]))
        within.append(None)
        if not known[-1]:
            continue
        if place.kind in ("cell", "file") and place.line is not None and place.line > 0:
            where = place.source_hash if place.kind == "cell" else place.path
            key = (place.kind, where, place.line)
            within[-1] = lines.setdefault(key, _Line(place))
        elif parent is not None:
            within[-1] = within[parent]
        looks = max(0, place.samples)
        met += looks
        line = within[-1]
        if line is not None and looks:
            line.looks += looks
            if place.kind == "library":
                called = (place.package, place.function)
                line.called[called] = line.called.get(called, 0) + looks
    return list(lines.values()), max(record.stack_samples, met)


def _where(cells: Iterable[CellRecord], record: CellRecord, place: Place) -> str:
    """``"`augment`, cell [2] line 3"``."""
    if place.kind == "file":
        where = f"{_quoted(place.path or '?')} line {place.line}"
    elif place.source_hash == record.source_hash:
        where = f"line {place.line}"
    else:
        where = _in_cell(cells, place)
    return where if place.function is None else f"{_quoted(place.function)}, {where}"


def _in_cell(cells: Iterable[CellRecord], place: Place) -> str:
    text: CellRecord | None = None
    latest: dict[str, CellRecord] = {}
    for record in cells:
        if record.source_hash == place.source_hash:
            text = record
        if record.cell_id is not None:
            latest[record.cell_id] = record
    now = text if text is None or text.cell_id is None else latest[text.cell_id]
    if now is None or now.execution_count is None:
        return f"line {place.line} of a cell"
    if now.source_hash != place.source_hash:
        return f"line {place.line} of an earlier text of [{now.execution_count}]"
    return f"cell [{now.execution_count}] line {place.line}"


def _library(package: str | None, function: str | None) -> str:
    name = short(package or "a library", _NAME)
    return name if function is None else f"{name} · {short(function, _NAME)}"


def _quoted(name: str) -> str:
    return f"`{short(name, _NAME).replace('`', chr(39))}`"

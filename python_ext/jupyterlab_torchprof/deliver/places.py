"""Where most of a run's time went, and where its memory grew, in a sentence each.

``src/record/hottest.ts`` and ``src/views/place-words.ts`` are the twins in the front end; one
fixture holds both to the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..derive import main_memory, own_lines
from ..quote import short
from ..record import CellRecord, Place
from ..units import format_bytes_delta, format_percent

_ENOUGH = 10
"""Fewer looks than this say nothing of where the time went."""
_NOISE = 3
"""Fewer looks than this in one place are noise."""
_MOSTLY = 0.8
"""From this part of a line's looks or bytes on, the one library function that has them is named."""
_SPREAD = 0.1
"""A line with less of the time, or of the memory, is no place to begin at."""
_HOST_BYTES = 8 << 20
"""Memory of a process moves by this much by itself."""
_DEVICE_BYTES = 1 << 20
_NAME = 80


@dataclass(slots=True)
class _Line:
    """A line of the user's own code, with the looks, or bytes, whose last own line it was."""

    place: Place
    amount: int = 0
    called: dict[tuple[str | None, str | None], int] = field(default_factory=dict)
    """The same by what it called: package and function."""

    def mostly_called(self) -> tuple[str | None, str | None] | None:
        """The library function that had nearly all of it, if there is one."""
        called = max(self.called.items(), key=lambda item: item[1], default=None)
        return None if called is None or called[1] < _MOSTLY * self.amount else called[0]


def hottest_text(cells: Sequence[CellRecord], record: CellRecord) -> str:
    """``"62% in `augment`, cell [2] line 3"``, after the runs ``cells`` of the session.

    Empty where too few looks were taken, or all were taken elsewhere.
    """
    lines, met = _amounts(record, lambda place: max(0, place.samples))
    total = max(record.stack_samples, met)
    if total < _ENOUGH or not lines:
        return ""
    hottest = max(lines, key=lambda line: line.amount)  # the first of those
    if hottest.amount < _NOISE:
        return ""
    share = hottest.amount / total
    if share < _SPREAD:
        return f"Spread out: no line had more than {format_percent(share)}"
    return _in(cells, record, hottest, lambda looks: format_percent(looks / total))


def grown_text(cells: Sequence[CellRecord], record: CellRecord) -> str:
    """``"+1.2 GiB on cuda:0 in `load`, cell [2] line 3"``: where most of the memory came.

    Of the device that the work is on, and never more than its memory rose by, from the run's start
    to its peak: see ``src/record/growth.ts``. Empty where the samples do not say, where no line had
    a tenth of it, or where it is no more than a process moves by itself.
    """
    memory = main_memory(record)
    if memory is None:
        return ""
    device = memory.device
    rise = max(0, memory.peak_bytes - memory.allocated_before_bytes)
    lines, _ = _amounts(record, lambda place: _growth(place, device))
    most = max(lines, key=lambda line: line.amount, default=None)
    least = _HOST_BYTES if device == "host" else _DEVICE_BYTES
    if most is None or rise < least or most.amount < max(least, _SPREAD * rise):
        return ""
    on = "" if device == "host" else f" on {short(device, _NAME)}"
    return _in(cells, record, most, lambda size: f"{format_bytes_delta(min(rise, size))}{on}")


def _growth(place: Place, device: str) -> int:
    if device == "host":
        return place.host_growth_bytes
    return place.device_growth_bytes.get(device, 0)


def _in(
    cells: Sequence[CellRecord], record: CellRecord, line: _Line, words: Callable[[int], str]
) -> str:
    called = line.mostly_called()
    if called is not None:
        where = _spot_text(cells, record, line.place)
        return f"{words(line.called[called])} in {library_text(*called)}, called from {where}"
    return f"{words(line.amount)} {at_text(cells, record, line.place)}"


def _amounts(record: CellRecord, amount_of: Callable[[Place], int]) -> tuple[list[_Line], int]:
    """The lines of the user's own in which the last own code of a look was, and the sum of all."""
    lines: dict[tuple[object, ...], _Line] = {}
    met = 0
    for place, own in own_lines(record):
        amount = amount_of(place)
        met += amount
        if own is None:
            continue
        where = own.source_hash if own.kind == "cell" else own.path
        # One without an amount keeps its turn: of two with as much, the first is named.
        line = lines.setdefault((own.kind, where, own.line), _Line(own))
        if amount:
            line.amount += amount
            if place.kind == "library":
                called = (place.package, place.function)
                line.called[called] = line.called.get(called, 0) + amount
    return list(lines.values()), met


def at_text(cells: Iterable[CellRecord], record: CellRecord, place: Place) -> str:
    """``"in `augment`, cell [2] line 3"``; ``"on line 3"`` in no function."""
    where = _spot_text(cells, record, place)
    is_line = place.function is None and place.kind != "file"
    return f"on {where}" if is_line else f"in {where}"


def _spot_text(cells: Iterable[CellRecord], record: CellRecord, place: Place) -> str:
    """``"`augment`, cell [2] line 3"``, or without the cell if it is that of ``record``."""
    if place.kind == "file":
        where = f"{code_text(place.path or '?')} line {place.line}"
    elif place.source_hash == record.source_hash:
        where = f"line {place.line}"
    else:
        where = _in_cell(cells, place)
    return where if place.function is None else f"{code_text(place.function)}, {where}"


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


def library_text(package: str | None, function: str | None) -> str:
    """``"torch · Tensor.backward"``."""
    name = short(package or "a library", _NAME)
    return name if function is None else f"{name} · {short(function, _NAME)}"


def code_text(name: str) -> str:
    """A name between backticks, as code in a sentence."""
    return f"`{short(name, _NAME).replace('`', chr(39))}`"

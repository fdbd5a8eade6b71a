"""A deep profile in words, for terminals and pages without script.

``src/views/deep/deep-words.ts`` is the twin in the front end; one fixture holds both to the same
sentence.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ..quote import short
from ..record import (
    PHASES,
    CellRecord,
    DeepCompilation,
    DeepHeld,
    DeepLine,
    DeepMemory,
    DeepOperator,
    DeepProfile,
    Place,
)
from ..units import format_bytes, format_flops, format_percent, format_seconds
from ..words import count_of
from .deep_growth import growth_text
from .places import at_text
from .replays import replay_texts

_LISTED = 5
_HOLDERS = 3
_LEAST = 0.005
"""A smaller share is not told."""


def deep_texts(cells: Sequence[CellRecord], record: CellRecord) -> list[tuple[str, str]]:
    """Title and text of the verdict, the lines and the operators that took most."""
    deep = record.deep
    if deep is None:
        return []
    rows = [("deep", verdict_text(deep))]
    rows += [("", memory_text(cells, record, each)) for each in deep.memory]
    growth = growth_text(deep)
    rows += [] if growth is None else [("", growth)]
    rows += [("", line_text(cells, record, line)) for line in deep.lines[:_LISTED]]
    rows += [("", operator_text(each)) for each in _longest(deep.operators)[:_LISTED]]
    rows += [("", text) for text in replay_texts(cells, record)]
    told = [each for each in deep.compiler if each.kind != "compiled"]
    rows += [("", compilation_text(cells, record, each)) for each in told[:_LISTED]]
    return rows


def verdict_text(deep: DeepProfile) -> str:
    """``"3 steps of 12 ms: backward 41%, forward 28%, …; 30% without an operator"``."""
    whole = sum(step.duration_s for step in deep.steps)
    if not whole:
        return "Nothing was recorded."
    shares = [
        (name, sum(step.phases.get(name, 0.0) for step in deep.steps) / whole)
        for name in (*PHASES, "other")
    ]
    told = sorted((each for each in shares if each[1] >= _LEAST), key=lambda each: -each[1])
    words = ", ".join(f"{name} {format_percent(share)}" for name, share in told)
    idle = format_percent(min(1.0, deep.idle_s / whole))
    return f"{_what(deep)}: {words}; the cell's thread ran no operator for {idle} of the time"


def _what(deep: DeepProfile) -> str:
    durations = [step.duration_s for step in deep.steps]
    if not deep.window.whole_steps:
        return f"{format_seconds(sum(durations))} of the run"
    return f"{count_of(len(durations), 'step')} of {format_seconds(statistics.median(durations))}"


def line_text(cells: Sequence[CellRecord], record: CellRecord, line: DeepLine) -> str:
    """``"12 ms and 31 ms of backward on line 3, 1.2 GFLOP: y = net(x)"``."""
    backward = f" and {format_seconds(line.backward_s)} of backward" if line.backward_s else ""
    place = record.places[line.place]
    where, code = at_text(cells, record, place), code_of(cells, record, place)
    flops = f", {format_flops(line.flops)}" if line.flops else ""
    return f"{format_seconds(line.host_s)}{backward} {where}{flops}{f': {code}' if code else ''}"


def memory_text(cells: Sequence[CellRecord], record: CellRecord, memory: DeepMemory) -> str:
    """``"At the peak 42 MiB of new tensors on cpu: 23 MiB on line 12 (forward), …"``."""
    parts = [
        f"{format_bytes(each.held_bytes)} {_maker(cells, record, each)} ({each.phase})"
        for each in memory.held[:_HOLDERS]
    ]
    held = f": {', '.join(parts)}" if parts else ""
    peak = format_bytes(memory.peak_bytes)
    return f"At the peak {peak} of new tensors on {short(memory.device, 40)}{held}"


def _maker(cells: Sequence[CellRecord], record: CellRecord, held: DeepHeld) -> str:
    known = held.place is not None
    return at_text(cells, record, record.places[held.place or 0]) if known else "on no line"


def code_of(cells: Sequence[CellRecord], record: CellRecord, place: Place) -> str:
    """The line itself, where a run that is kept has its text."""
    texts = (each for each in (record, *reversed(cells)) if each.source_hash == place.source_hash)
    text = next(texts, None)
    lines = [] if text is None or place.kind != "cell" else text.source.split("\n")
    number = place.line or 0
    return short(lines[number - 1].strip(), 60) if 0 < number <= len(lines) else ""


def operator_text(operator: DeepOperator) -> str:
    """``"3.2 ms in aten::mm (backward), 6 calls"``."""
    return (
        f"{format_seconds(operator.self_s)} in {short(operator.name, 60)} ({operator.phase}),"
        f" {count_of(operator.calls, 'call')}"
    )


def compilation_text(cells: Sequence[CellRecord], record: CellRecord, one: DeepCompilation) -> str:
    """``"graph break on line 8: …"``; ``"compiled again on line 5, 2 times, 310 ms: …"``."""
    known = one.place is not None
    where = at_text(cells, record, record.places[one.place or 0]) if known else one.function
    what = "graph break" if one.kind == "break" else "compiled again"
    again = one.kind != "break" and one.count > 1
    times = f", {count_of(one.count, 'time')}" if again else ""
    taken = f", {format_seconds(one.seconds)}" if one.seconds else ""
    why = f": {short(one.reason, 120)}" if one.reason else ""
    return f"{what} {where}{times}{taken}{why}"


def _longest(operators: Sequence[DeepOperator]) -> list[DeepOperator]:
    return [each for each in operators if each.self_s >= 0.5e-4]

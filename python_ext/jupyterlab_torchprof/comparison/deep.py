"""What a step takes in depth, beside another run: by phase, line, module and operator.

Two deep profiles are compared by their steps, which are the same whatever else the runs did. A
difference counts if it is more than

- a tenth of the longer time, by which two runs differ by themselves;
- for a part of a step, a hundredth of the step; and
- four standard errors of what the steps themselves differ by: so few steps say little. Of whole
  steps it is enough if each of one run took longer than all of the other, four or more of them.

``src/record/compare-deep.ts`` is the twin in the front end; one fixture holds both to the same.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ..record import PHASES, CellRecord, DeepMemory, DeepProfile, Session
from .deep_rows import Row, lines_of, modules_of, operators_of
from .noise import SAME_TIME

Kind = Literal["step", "phase", "line", "module", "operator", "peak"]
Reason = Literal["few", "unlike"]

ENOUGH = 3
"""Steps of each run."""
_LISTED = 5
"""Told of each kind at most."""
_ERRORS = 4
_APART = 4
_PART = 0.01
_SAME_BYTES = 0.01
_BYTES = 64 << 10


@dataclass(slots=True)
class DeepChange:
    """What a step took in both runs: seconds, or bytes of a ``"peak"``."""

    kind: Kind
    row: Row
    """What it is of: of a step nothing, of a peak the device."""
    before: float
    after: float
    noise: float
    calls: tuple[float, float] = (0.0, 0.0)
    """Of an operator in a step."""

    @property
    def is_same(self) -> bool:
        """The difference is not more than the steps differ by."""
        return abs(self.after - self.before) <= self.noise


@dataclass(slots=True)
class DeepComparison:
    """The deep profiles of two runs."""

    before: CellRecord
    after: CellRecord
    reason: Reason | None = None
    """Why their steps cannot be compared: too few whole ones, or one trains and the other not."""
    step: DeepChange | None = None
    """The step in the middle; ``None``: there is a reason."""
    peaks: list[DeepChange] = field(default_factory=list)
    """Of new tensors on the devices of both."""
    changes: list[DeepChange] = field(default_factory=list)
    """Parts of the step and peaks that changed by more than noise, by kind, the largest first."""


def deep_run(session: Session, record: CellRecord) -> CellRecord | None:
    """The run itself or the latest of the same source that was recorded in depth, if one was."""
    if record.deep is not None:
        return record
    runs = (
        run
        for run in reversed(session.cells)
        if run.deep is not None
        and run.cell_id is not None
        and (run.cell_id, run.source_hash) == (record.cell_id, record.source_hash)
    )
    return next(runs, None)


def compare_deep(
    sessions: tuple[Session, Session], before: CellRecord, after: CellRecord
) -> DeepComparison | None:
    """Compare two runs, each of its session; ``None``: one of them was not recorded in depth."""
    old, now = before.deep, after.deep
    if old is None or now is None:
        return None
    comparison = DeepComparison(before, after, reason=_reason(old, now))
    if comparison.reason is None:
        comparison.step = step = _step(old, now)
        comparison.peaks = _peaks(old.memory, now.memory)
        least = _PART * min(step.before, step.after)
        comparison.changes = [
            *_told(_phases(old, now, least)),
            *_told(_rows("line", lines_of(sessions, (before, after)), (old, now), least)),
            *_told(_rows("module", modules_of(old, now), (old, now), least)),
            *_told(_rows("operator", operators_of(old, now), (old, now), least)),
            *_told(comparison.peaks),
        ]
    return comparison


def _reason(old: DeepProfile, now: DeepProfile) -> Reason | None:
    if any(not each.window.whole_steps or len(each.steps) < ENOUGH for each in (old, now)):
        return "few"
    return "unlike" if _trains(old) != _trains(now) else None


def _trains(deep: DeepProfile) -> bool:
    return any(
        step.phases.get("backward", 0) > 0 or step.phases.get("optimizer", 0) > 0
        for step in deep.steps
    )


def _told(changes: Iterable[DeepChange]) -> list[DeepChange]:
    found = [change for change in changes if not change.is_same]
    return sorted(found, key=lambda change: -abs(change.after - change.before))[:_LISTED]


def _change(
    kind: Kind, row: Row, sides: tuple[list[float], list[float]], least: float
) -> DeepChange:
    """Of times that were taken step by step."""
    before, after = (statistics.fmean(side) for side in sides)
    variance = sum(statistics.variance(side) / len(side) for side in sides)
    return DeepChange(kind, row, before, after, _noise(before, after, variance, least))


def _noise(before: float, after: float, variance: float, least: float) -> float:
    return max(least, SAME_TIME * max(before, after), _ERRORS * math.sqrt(variance))


def _step(old: DeepProfile, now: DeepProfile) -> DeepChange:
    sides = [[step.duration_s for step in deep.steps] for deep in (old, now)]
    change = _change("step", Row(), (sides[0], sides[1]), 0)
    change.before, change.after = map(statistics.median, sides)
    least = SAME_TIME * max(change.before, change.after)
    change.noise = least if _are_apart(*sides) else max(change.noise, least)
    return change


def _are_apart(one: list[float], other: list[float]) -> bool:
    is_enough = min(len(one), len(other)) >= _APART
    return is_enough and (min(one) > max(other) or min(other) > max(one))


def _phases(old: DeepProfile, now: DeepProfile, least: float) -> list[DeepChange]:
    changes = []
    for phase in (*PHASES, "other"):
        sides = [[step.phases.get(phase, 0.0) for step in deep.steps] for deep in (old, now)]
        changes.append(_change("phase", Row(name=phase), (sides[0], sides[1]), least))
    return changes


def _rows(
    kind: Kind,
    rows: Iterable[tuple[Row, Row]],
    profiles: tuple[DeepProfile, DeepProfile],
    least: float,
) -> list[DeepChange]:
    """Of rows that have the time of all steps, and what these differ by."""
    changes = []
    for sides in rows:
        values, variance = [], 0.0
        for row, deep in zip(sides, profiles, strict=True):
            count = len(deep.steps)
            values.append(row.taken_s / count)
            variance += _spread(row, deep) ** 2 / count
        calls = [row.calls / len(deep.steps) for row, deep in zip(sides, profiles, strict=True)]
        named = sides[1] if sides[1].is_there else sides[0]
        noise = _noise(values[0], values[1], variance, least)
        changes.append(
            DeepChange(kind, named, values[0], values[1], noise, calls=(calls[0], calls[1]))
        )
    return changes


def _spread(row: Row, deep: DeepProfile) -> float:
    """What a row's time differs by; where nobody measured that, as much as the steps do."""
    if row.spread_s is not None:
        return row.spread_s
    times = [step.duration_s for step in deep.steps]
    mean = statistics.fmean(times)
    return statistics.stdev(times) / mean * row.taken_s / len(times) if mean > 0 else 0.0


def _peaks(old: list[DeepMemory], now: list[DeepMemory]) -> list[DeepChange]:
    before = {each.device: each.peak_bytes for each in old}
    return [
        DeepChange(
            "peak",
            Row(name=each.device),
            before[each.device],
            each.peak_bytes,
            max(_BYTES, _SAME_BYTES * max(before[each.device], each.peak_bytes)),
        )
        for each in now
        if each.device in before
    ]

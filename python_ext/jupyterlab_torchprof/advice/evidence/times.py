"""How long lines of a run took, and what is too little to speak of."""

from __future__ import annotations

from collections.abc import Container

from ...record import CellRecord, Prediction

_FLOOR_S = 0.05
_SHARE = 0.01


def share_of(record: CellRecord, lines: Container[int | None]) -> float:
    """The part of the run's samples that these lines had, 0 to 1."""
    return sum(cost.time_share for cost in record.lines if cost.line in lines)


def seconds_of(record: CellRecord, line: int | None) -> float:
    """The run's time in a line, as the samples share it out."""
    return share_of(record, (line,)) * record.duration_s


def is_worth_saying(seconds: float, record: CellRecord) -> bool:
    """Whether a saving of time is at least 50 ms and 1 % of the run: less is noise."""
    return seconds >= max(_FLOOR_S, _SHARE * record.duration_s)


def shortened(record: CellRecord, seconds: float) -> Prediction:
    """The run's duration without as many seconds of it."""
    before = record.duration_s
    after = max(0.0, before - seconds)
    return Prediction(metric="duration_s", before=before, after=after, unit="s")

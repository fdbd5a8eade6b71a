"""What changed among the processes that a cell starts.

``src/record/compare-ranks.ts`` is the twin in the front end; one fixture holds both to the same.
Of several launches the last counts: of a launcher that restarts its ranks, it is the one that ran.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..derive import main_memory
from ..quote import short
from ..ranks.told import (
    EXITS,
    communication_s,
    count_text,
    last_launch,
    late_rank,
    late_s,
    late_text,
    name_of,
)
from ..record import CellRecord, MemoryEntry, RankRun
from ..units import format_bytes, format_seconds
from .noise import memory_noise

_SHORT_S = 0.001
_SAME = 0.25
"""Times of communication and of lateness that differ by a smaller share are the same: they are
means and medians of some steps, on a machine whose other work takes part."""


@dataclass(frozen=True, slots=True)
class RankChange:
    """One thing that is another in the later run."""

    kind: Literal["count", "late", "exit", "communication", "peak"]
    before: Sequence[RankRun]
    """The rank that it is about, or all of them; empty: no rank is late."""
    after: Sequence[RankRun]

    def text(self) -> str:
        """``"rank 1 late by 31 ms, before none"``, ``"rank 0: ended, before killed"``."""
        if self.kind == "count":
            return f"{count_text(self.after)}, before {count_text(self.before)}"
        if self.kind == "late":
            now = late_text(self.after[0]) if self.after else "no rank late"
            return f"{now}, before {late_text(self.before[0]) if self.before else 'none'}"
        run, old = self.after[0], self.before[0]
        now, then = _value(self.kind, run), _value(self.kind, old)
        if self.kind == "communication":
            now = f"communication {now} of a step"
        elif self.kind == "peak":
            now = f"peak {now} of {short(_main(run).device, 20)}"
        return f"{name_of(run)}: {now}, before {then}"


def rank_changes(before: CellRecord, after: CellRecord) -> list[RankChange]:
    """Of two runs that both started processes: all together, then one by one."""
    old, now = last_launch(before.ranks), last_launch(after.ranks)
    if not old or not now:
        return []
    return [*_of_all(old, now), *_of_each(old, now)]


def _of_all(old: Sequence[RankRun], now: Sequence[RankRun]) -> Iterator[RankChange]:
    if len(old) != len(now):
        yield RankChange("count", old, now)
    late, was_late = late_rank(now), late_rank(old)
    if _who(late) != _who(was_late) or _differ(late_s(was_late), late_s(late)):
        yield RankChange("late", [was_late] if was_late else [], [late] if late else [])


def _of_each(old: Sequence[RankRun], now: Sequence[RankRun]) -> Iterator[RankChange]:
    earlier = {run.rank: run for run in old}
    for run in now:
        before = earlier.get(run.rank)
        if before is None:
            continue
        if before.exit != run.exit:
            yield RankChange("exit", [before], [run])
        elif run.exit == "ok":
            if _differ(communication_s(before), communication_s(run)):
                yield RankChange("communication", [before], [run])
            if _peaks_differ(before.record, run.record):
                yield RankChange("peak", [before], [run])


def _value(kind: str, run: RankRun) -> str:
    if kind == "exit":
        return EXITS[run.exit]
    if kind == "communication":
        return format_seconds(communication_s(run) or 0.0)
    return format_bytes(_main(run).peak_bytes)


def _main(run: RankRun) -> MemoryEntry:
    entry = main_memory(run.record)
    assert entry is not None  # or its peak would not be told
    return entry


def _who(run: RankRun | None) -> int | None:
    return None if run is None else run.rank


def _differ(before: float | None, after: float | None) -> bool:
    """Whether two times, both known, differ by more than noise."""
    if before is None or after is None:
        return False
    return abs(after - before) > max(_SHORT_S, _SAME * max(before, after))


def _peaks_differ(before: CellRecord, after: CellRecord) -> bool:
    old, now = main_memory(before), main_memory(after)
    if old is None or now is None or old.device != now.device:
        return False
    return abs(now.peak_bytes - old.peak_bytes) > memory_noise(old, now)

"""What the processes of a run say together. Its twin is ``src/record/ranks.ts``."""

from __future__ import annotations

from collections.abc import Sequence

from ..derive import main_memory
from ..record import RankRun
from ..units import format_seconds
from ..words import count_of
from .lateness import LATE_S

_OFTEN = 0.9
"""Collectives to which a rank has to be late before it is named, as a share."""
EXITS = {"ok": "ended", "error": "failed", "killed": "killed", "running": "still running"}
"""How a process ended, in a word."""
_LATE_SHARE = 0.1
"""Of a step, by which it has to be late, and by `LATE_S`."""


def are_ranks(ranks: Sequence[RankRun]) -> bool:
    """Whether they were in a process group: else they are processes, and no ranks of anything."""
    return any(run.backend is not None for run in ranks)


def by_launch(ranks: Sequence[RankRun]) -> list[list[RankRun]]:
    """Those that were started together, in the order of their launches."""
    launches: dict[int, list[RankRun]] = {}
    for run in ranks:
        launches.setdefault(run.launch, []).append(run)
    return list(launches.values())


def last_launch(ranks: Sequence[RankRun]) -> Sequence[RankRun]:
    """Those that were started together last: of a launcher that restarts them, what counts."""
    return next(reversed(by_launch(ranks)), [])


def late_rank(ranks: Sequence[RankRun]) -> RankRun | None:
    """The first for which the others of its launch wait: it alone comes late nearly always."""
    for together in by_launch(ranks):
        late = [run for run in together if _is_late(run)]
        if len(late) == 1:
            return late[0]
    return None


def name_of(run: RankRun) -> str:
    """``"rank 1"``, ``"process 1"``, ``"rank 1 of launch 2"``."""
    name = f"{'process' if run.backend is None else 'rank'} {run.rank}"
    return f"{name} of launch {run.launch + 1}" if run.launch else name


def count_text(ranks: Sequence[RankRun]) -> str:
    """``"2 ranks"``, ``"1 process"``."""
    if are_ranks(ranks):
        return count_of(len(ranks), "rank")
    return count_of(len(ranks), "process", "processes")


def late_text(run: RankRun) -> str:
    """``"rank 1 late by 31 ms"``, of one that has come late."""
    return f"{name_of(run)} late by {format_seconds(late_s(run) or 0.0)}"


def late_s(run: RankRun | None) -> float | None:
    """Seconds by which it comes late to a collective; below zero: early."""
    return None if run is None or run.lateness is None else run.lateness.median_s


def communication_s(run: RankRun) -> float | None:
    """Seconds of a step for which its first wrapper communicates, as that has logged them."""
    return next((each.communication_s for each in run.replicas), None)


def _is_late(run: RankRun) -> bool:
    if run.lateness is None or run.lateness.late_share < _OFTEN:
        return False
    steps = 0 if run.record.grad is None else run.record.grad.optimizer_steps
    step_s = run.record.duration_s / steps if steps else 0.0
    return run.lateness.median_s >= max(LATE_S, _LATE_SHARE * step_s)


def worst_ranks(ranks: Sequence[RankRun], count: int) -> list[RankRun]:
    """Those to look at first: that ended badly, are late, took longest or most memory.

    In their order; at most ``count``.
    """
    found = {run.pid for run in [run for run in ranks if run.exit != "ok"][:count]}
    orders = [
        sorted(ranks, key=lambda run: run.lateness.median_s if run.lateness else 0.0),
        sorted(ranks, key=lambda run: peak.peak_bytes if (peak := main_memory(run.record)) else 0),
        sorted(ranks, key=lambda run: run.record.duration_s),
    ]
    while len(found) < min(count, len(ranks)):
        for order in orders:
            if order and len(found) < count:
                found.add(order.pop().pid)
    return [run for run in ranks if run.pid in found]

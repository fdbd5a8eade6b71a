"""The first of a group of kernels: its record of a cell has what the others tell of it, too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .. import clocks
from ..health import Health
from ..measurement import own_work
from ..messages import RankNow
from ..probes.base import CellRun
from ..ranks.folders import lives
from ..ranks.gather import Gather
from ..ranks.late import LateRanks, Unfinished
from ..ranks.stream import RankOptions
from ..record import CellRecord
from ..source import source_hash
from .group import KernelGroup

_PART = "ranks"
_MOMENT_S, _NAP_S = 0.05, 0.003
_PATIENCE_S = 10.0
"""For ranks that have not begun the cell when this one has ended it."""


class FirstRank:
    """Gathers the frames of one cell after the other, its own among them."""

    def __init__(self, size: int, late: LateRanks, health: Health) -> None:
        """``size``: of the group; ``late`` waits for those that end after this one."""
        self._size, self._late, self._health = size, late, health
        self._gather: Gather | None = None
        self._last: Gather | None = None
        """Of the cell before, which may be waited for still."""
        self._began = 0
        self._nap = threading.Event()  # `time.sleep` may be the program's own

    @classmethod
    def of(cls, group: KernelGroup | None, late: LateRanks, health: Health) -> FirstRank | None:
        """Of this group; ``None``: this process is not its first rank."""
        if group is None or not group.is_first:
            return None
        with health.guard(_PART):
            group.tidy()
        return cls(group.size, late, health)

    def begin(self, options: RankOptions, run: CellRun) -> None:
        """The cell begins here, and about now in the others."""
        self.close()
        self._began += 1
        with self._health.guard(_PART):
            # A rank that was sent another text, as by ``%%rank``, does something else.
            gather = Gather(Path(options.folder), text=source_hash(run.source))
            run.ticks.append(gather.read)
            run.ranks = partial(_now, gather, run)
            self._gather = gather

    def end(self, record: CellRecord) -> None:
        """It has ended here; those that have not are told later."""
        gather, self._gather = self._gather, None
        if gather is None:
            return
        before, self._last = self._last, gather
        with own_work(self._health, _PART):
            gather.read()
            if before is None or before.counts()[0] == self._size:  # else they measure nothing
                self._wait(gather)
        with own_work(self._health, _PART):
            begun, ended = gather.counts()
            if record.ranks:  # the cell has started processes of its own
                gather.close()
                return
            if begun > 1:
                record.ranks = gather.runs({}, going_on=True)
            if ended == self._size:
                gather.close()
                return
            self._late.add(Unfinished(record, gather, self._goes_on(gather), fewest=2))

    def _wait(self, gather: Gather) -> None:
        """A moment for the others. No cell ends later for it: it ends when all ranks have."""
        until = clocks.perf_counter() + _MOMENT_S
        while gather.ended() < self._size and clocks.perf_counter() < until:
            self._nap.wait(_NAP_S)
            gather.read()

    def close(self) -> None:
        """Nothing is told of the cell that runs."""
        gather, self._gather = self._gather, None
        if gather is not None:
            gather.close()

    def _goes_on(self, gather: Gather) -> Callable[[], bool]:
        """Whether another rank is at work: a next cell begins only when all have ended this one."""
        cell, ended_at = self._began, clocks.perf_counter()

        def goes_on() -> bool:
            if cell != self._began:
                return False
            if any(map(lives, gather.unended())):
                return True
            is_early = clocks.perf_counter() - ended_at < _PATIENCE_S
            return is_early and gather.counts()[0] < self._size

        return goes_on


def _now(gather: Gather, run: CellRun) -> list[RankNow]:
    return gather.now(run.started_at)

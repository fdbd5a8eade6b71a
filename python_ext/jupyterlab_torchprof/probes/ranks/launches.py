"""What a cell has had started, and what those processes tell: one for all ways to start them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ... import clocks
from ...messages import RankNow
from ...ranks.folders import remove_left
from ...ranks.gather import Gather
from ...ranks.late import LateRanks, Unfinished
from ...ranks.stream import RankOptions
from ...record import CellRecord
from ..base import CellRun

_MOST_PROCESSES = 1024
"""Whose exit codes are asked for."""


class Launches:
    """Gathers the frames of one cell's ranks. Every method but `options` may be called again."""

    def __init__(self, rate: Callable[[], float], late: LateRanks | None = None) -> None:
        """``rate``: how often a second ranks are to take samples.

        ``late`` gets the cells that end before what they have asked for; ``None``: nobody waits.
        """
        self.run: CellRun | None = None
        self.exits: dict[int, int] = {}
        """Exit codes that are known by now, by pid."""
        self.joined: set[int] = set()
        """Launches whose processes have all ended well."""
        self._rate, self._late = rate, late
        self.ends_late = False
        """Some processes say that they ended once they hear that the cell has."""
        self._asked: list[Callable[[], bool]] = []
        """Of each request to a process that goes on by itself whether it is awaited still."""
        self._gather: Gather | None = None
        self._left: list[Gather] = []
        """Whose folders could not be removed yet."""
        self._processes: list[Any] = []

    def begin(self, run: CellRun) -> None:
        """A cell begins; it has started nothing."""
        if run is not self.run:
            self.forget()
            self.run, self.exits, self.joined = run, {}, set()
            self._asked, self.ends_late = [], False

    def options(self, start_method: str, processes: int, launch: int) -> RankOptions | None:
        """What ranks have to know that are started now; ``None`` while no cell runs.

        Raises OSError.
        """
        run = self.run
        if run is None:
            return None
        if self._gather is None:
            remove_left()
            self._gather = Gather()
            run.ticks.append(self._gather.read)
            run.ranks = self._now
        return RankOptions(
            folder=self._gather.folder,
            cell_id=run.cell_id,
            execution_count=run.execution_count,
            source=run.source,
            start_method=start_method,
            processes=processes,
            sampling_hz=self._rate(),
            launch=launch,
        )

    def add(self, processes: list[Any]) -> None:
        """How they ended is asked when the cell has."""
        if self.run is not None:
            self._processes += processes[:_MOST_PROCESSES]

    def ask(self, is_awaited: Callable[[], bool]) -> None:
        """A process that goes on after the cell was asked for something."""
        self._asked.append(is_awaited)

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Read what the ranks have written last, and remove it."""
        self.run, gather = None, self._gather
        if gather is None:
            return
        began = clocks.perf_counter()
        exits: Mapping[int, int | None] = {each.pid: each.exitcode for each in self._processes}
        exits = {**exits, **self.exits}
        asked, self._asked = [each for each in self._asked if each()], []
        gather.read()
        begun, ended = gather.counts()
        is_early = bool(asked) or (self.ends_late and ended < begun)
        record.ranks = gather.runs(exits, self.joined, going_on=is_early)
        if is_early and self._late is not None:
            goes_on = partial(_is_awaited, asked)
            self._late.add(Unfinished(record, gather, goes_on, exits, self.joined))
            self._gather = None
        self.forget()
        run.overhead_s += clocks.perf_counter() - began

    def forget(self) -> None:
        """Remove what ranks have written."""
        gathers, self._gather, self._processes = [*self._left, self._gather], None, []
        self._left = [each for each in gathers if each is not None and not each.close()]

    def close(self) -> None:
        """Wait for nobody, and remove what ranks have written."""
        if self._late is not None:
            self._late.close()
        self.forget()

    def forked(self) -> None:
        """The folder and the processes are the parent's."""
        if self._late is not None:
            self._late.forked()
        self._gather, self._left, self._processes = None, [], []

    def _now(self) -> list[RankNow]:
        run, gather = self.run, self._gather
        return [] if run is None or gather is None else gather.now(run.started_at)


def _is_awaited(asked: list[Callable[[], bool]]) -> bool:
    """Whether any request is awaited still; those that are not are forgotten."""
    asked[:] = [each for each in asked if each()]
    return bool(asked)

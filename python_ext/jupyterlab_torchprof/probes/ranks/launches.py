"""What a cell has had started, and what those processes tell: one for all ways to start them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ... import clocks
from ...messages import RankNow
from ...ranks.folders import remove_left
from ...ranks.gather import Gather
from ...ranks.stream import RankOptions
from ...record import CellRecord
from ..base import CellRun

_MOST_PROCESSES = 1024
"""Whose exit codes are asked for."""


class Launches:
    """Gathers the frames of one cell's ranks. Every method but `options` may be called again."""

    def __init__(self, rate: Callable[[], float]) -> None:
        """``rate``: how often a second ranks are to take samples."""
        self.run: CellRun | None = None
        self.exits: dict[int, int] = {}
        """Exit codes that are known by now, by pid."""
        self.joined: set[int] = set()
        """Launches whose processes have all ended well."""
        self._rate = rate
        self._gather: Gather | None = None
        self._left: list[Gather] = []
        """Whose folders could not be removed yet."""
        self._processes: list[Any] = []

    def begin(self, run: CellRun) -> None:
        """A cell begins; it has started nothing."""
        if run is not self.run:
            self.forget()
            self.run, self.exits, self.joined = run, {}, set()

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

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Read what the ranks have written last, and remove it."""
        self.run, gather = None, self._gather
        if gather is None:
            return
        began = clocks.perf_counter()
        exits: Mapping[int, int | None] = {each.pid: each.exitcode for each in self._processes}
        record.ranks = gather.runs({**exits, **self.exits}, self.joined)
        self.forget()
        run.overhead_s += clocks.perf_counter() - began

    def forget(self) -> None:
        """Remove what ranks have written."""
        gathers, self._gather, self._processes = [*self._left, self._gather], None, []
        self._left = [each for each in gathers if each is not None and not each.close()]

    def forked(self) -> None:
        """The folder and the processes are the parent's."""
        self._gather, self._left, self._processes = None, [], []

    def _now(self) -> list[RankNow]:
        run, gather = self.run, self._gather
        return [] if run is None or gather is None else gather.now(run.started_at)

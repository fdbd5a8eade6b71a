"""Observes processes that the cell starts together by ``torch.multiprocessing``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, ClassVar

from ...health import Health
from ...patches import Patches
from ...ranks.stream import RankOptions
from ..base import CellRun
from ..hooks.wrapping import wrap_everywhere
from .launches import Launches
from .probe import Arguments, LaunchProbe

MeasuredBy = Callable[[Callable[..., Any], RankOptions], Callable[..., Any]]
"""Makes of the function of a rank one that measures the process that runs it. It can be pickled if
the function can."""


class RanksProbe(LaunchProbe):
    """Has each process measure itself in the place of the function that it is to run."""

    name: ClassVar[str] = "ranks"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health, launches: Launches, measure: MeasuredBy) -> None:
        """``launches``: of all ways to have processes compute."""
        super().__init__(health, launches)
        self._measure = measure
        self._count = 0

    def attach(self, patches: Patches) -> None:
        """Wrap ``start_processes``, on which all of PyTorch's ways to start ranks end."""
        owners = sys.modules["torch.multiprocessing.spawn"], sys.modules["torch.multiprocessing"]
        wrap_everywhere(patches, owners, "start_processes", self._wrap)

    def begin(self, run: CellRun) -> None:
        """Nothing has been started."""
        super().begin(run)
        self._count = 0

    def _tell(self, asked: Arguments) -> int | None:
        """An entry that measures stands for the function."""
        method, count = str(asked["start_method"]), int(asked["nprocs"])
        options = self._launches.options(method, count, self._count)
        if options is None:
            return None
        asked["fn"] = self._measure(asked["fn"], options)
        self._count += 1
        return options.launch

    def _done(self, result: Any, launch: int | None) -> None:
        """The processes go on while the cell does: how they ended is asked when it has.

        Without a context PyTorch has waited for them, and each has ended well.
        """
        with self.health.guard(self.name):
            if result is not None:
                self._launches.add(list(result.processes))
            elif launch is not None:
                self._launches.joined.add(launch)

    def _failed(self, error: BaseException) -> None:
        """PyTorch tells of the first process that ended badly; it ends the others by a signal."""
        with self.health.guard(self.name):
            module: Any = sys.modules["torch.multiprocessing.spawn"]
            if type(error) is module.ProcessExitedException:
                told: Any = error
                pid = told.pid if hasattr(told, "pid") else told.error_pid  # which since 2.5
                self._launches.exits[pid] = told.exit_code

"""Observes processes that the cell starts together: each measures itself, as a rank."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any, ClassVar

from .. import clocks
from ..health import Health
from ..messages import RankNow
from ..patches import Patches
from ..ranks.folders import remove_left
from ..ranks.gather import Gather
from ..ranks.stream import RankOptions
from ..record import CellRecord
from .base import CellRun, Probe
from .hooks.wrapping import forget_frame, stands_for, wrap_everywhere

MeasuredBy = Callable[[Callable[..., Any], RankOptions], Callable[..., Any]]
"""Makes of the function of a rank one that measures the process that runs it. It can be pickled if
the function can."""
_MOST_PROCESSES = 1024
"""Whose exit codes are asked for."""


class RanksProbe(Probe):
    """Writes ``ranks``."""

    name: ClassVar[str] = "ranks"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health, rate: Callable[[], float], measure: MeasuredBy) -> None:
        """``rate``: how often a second ranks are to take samples."""
        super().__init__(health)
        self._measure = measure
        self._rate = rate
        self._run: CellRun | None = None
        self._gather: Gather | None = None
        self._left: list[Gather] = []
        """Whose folders could not be removed yet."""
        self._processes: list[Any] = []
        self._launches = 0
        self._exits: dict[int, int] = {}
        self._joined: set[int] = set()

    def attach(self, patches: Patches) -> None:
        """Wrap ``start_processes``, on which all of PyTorch's ways to start ranks end."""
        owners = sys.modules["torch.multiprocessing.spawn"], sys.modules["torch.multiprocessing"]
        wrap_everywhere(patches, owners, "start_processes", self._wrap)

    def detach(self) -> None:
        """Remove what ranks have written."""
        self._forget()

    def forked(self) -> None:
        """The folder and the processes are the parent's."""
        self._gather, self._left, self._processes = None, [], []

    def begin(self, run: CellRun) -> None:
        """Nothing has been started."""
        self._forget()
        self._run, self._launches = run, 0
        self._exits, self._joined = {}, set()

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Read what the ranks have written last."""
        self._run, gather = None, self._gather
        if gather is None:
            return
        began = clocks.perf_counter()
        exits = {process.pid: process.exitcode for process in self._processes}
        record.ranks = gather.runs(exits | self._exits, self._joined)
        self._forget()
        run.overhead_s += clocks.perf_counter() - began

    def _forget(self) -> None:
        gathers, self._gather, self._processes = [*self._left, self._gather], None, []
        self._left = [each for each in gathers if each is not None and not each.close()]

    def _wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def start_processes(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                args, kwargs = self._measured(original, args, kwargs)
                launch = self._launches - 1
                context = original(*args, **kwargs)
                self._started(context, launch)
                return context
            except BaseException as error:
                self._failed(error)
                forget_frame(error)
                raise

        return start_processes

    def _measured(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The call's arguments, with an entry that measures in the place of the function."""
        run = self._run
        if run is None:
            return args, kwargs
        try:
            call = inspect.signature(original).bind(*args, **kwargs)
            call.apply_defaults()
            function = call.arguments["fn"]
            if self._gather is None:
                remove_left()
                self._gather = Gather()
                run.ticks.append(self._gather.read)
                run.ranks = self._now
            call.arguments["fn"] = self._measure(
                function,
                RankOptions(
                    folder=self._gather.folder,
                    cell_id=run.cell_id,
                    execution_count=run.execution_count,
                    source=run.source,
                    start_method=str(call.arguments["start_method"]),
                    processes=int(call.arguments["nprocs"]),
                    sampling_hz=self._rate(),
                    launch=self._launches,
                ),
            )
            self._launches += 1
            return call.args, call.kwargs
        except Exception as error:
            self.health.failed(self.name, error)
            return args, kwargs

    def _started(self, context: Any, launch: int) -> None:
        """The processes go on while the cell does: how they ended is asked when it has.

        Without a ``context`` PyTorch has waited for them, and each has ended well.
        """
        try:
            if context is None:
                self._joined.add(launch)
            elif self._run is not None:
                self._processes += list(context.processes)[:_MOST_PROCESSES]
        except Exception as error:
            self.health.failed(self.name, error)

    def _failed(self, error: BaseException) -> None:
        """PyTorch tells of the first process that ended badly; it ends the others by a signal."""
        with self.health.guard(self.name):
            module: Any = sys.modules["torch.multiprocessing.spawn"]
            if type(error) is module.ProcessExitedException:
                told: Any = error
                pid = told.pid if hasattr(told, "pid") else told.error_pid  # which since 2.5
                self._exits[pid] = told.exit_code

    def _now(self) -> list[RankNow]:
        run, gather = self._run, self._gather
        return [] if run is None or gather is None else gather.now(run.started_at)

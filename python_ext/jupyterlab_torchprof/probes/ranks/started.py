"""Observes processes that the cell starts together by ``torch.multiprocessing``."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any, ClassVar

from ...health import Health
from ...patches import Patches
from ...ranks.stream import RankOptions
from ...record import CellRecord
from ..base import CellRun, Probe
from ..hooks.wrapping import forget_frame, stands_for, wrap_everywhere
from .launches import Launches

MeasuredBy = Callable[[Callable[..., Any], RankOptions], Callable[..., Any]]
"""Makes of the function of a rank one that measures the process that runs it. It can be pickled if
the function can."""


class RanksProbe(Probe):
    """Writes ``ranks``."""

    name: ClassVar[str] = "ranks"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health, launches: Launches, measure: MeasuredBy) -> None:
        """``launches``: also of others that start processes."""
        super().__init__(health)
        self._launches = launches
        self._measure = measure
        self._count = 0

    def attach(self, patches: Patches) -> None:
        """Wrap ``start_processes``, on which all of PyTorch's ways to start ranks end."""
        owners = sys.modules["torch.multiprocessing.spawn"], sys.modules["torch.multiprocessing"]
        wrap_everywhere(patches, owners, "start_processes", self._wrap)

    def detach(self) -> None:
        """Remove what ranks have written."""
        self._launches.forget()

    def forked(self) -> None:
        """What was started is the parent's."""
        self._launches.forked()

    def begin(self, run: CellRun) -> None:
        """Nothing has been started."""
        self._launches.begin(run)
        self._count = 0

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Read what the ranks have written last."""
        self._launches.end(run, record)

    def _wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def start_processes(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                args, kwargs = self._measured(original, args, kwargs)
                launch = self._count - 1
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
        try:
            call = inspect.signature(original).bind(*args, **kwargs)
            call.apply_defaults()
            asked = call.arguments
            options = self._launches.options(
                str(asked["start_method"]), int(asked["nprocs"]), self._count
            )
            if options is None:
                return args, kwargs
            asked["fn"] = self._measure(asked["fn"], options)
            self._count += 1
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
                self._launches.joined.add(launch)
            else:
                self._launches.add(list(context.processes))
        except Exception as error:
            self.health.failed(self.name, error)

    def _failed(self, error: BaseException) -> None:
        """PyTorch tells of the first process that ended badly; it ends the others by a signal."""
        with self.health.guard(self.name):
            module: Any = sys.modules["torch.multiprocessing.spawn"]
            if type(error) is module.ProcessExitedException:
                told: Any = error
                pid = told.pid if hasattr(told, "pid") else told.error_pid  # which since 2.5
                self._launches.exits[pid] = told.exit_code

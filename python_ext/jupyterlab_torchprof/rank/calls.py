"""Functions that another kernel has an engine run, as ``view.apply`` and ``view.map`` do.

They come without IPython's events, and there may be a thousand of them. All that one cell sends are
one run: from the first to the last, until the cell says that it wants nothing more.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from IPython.core.interactiveshell import InteractiveShell

from .. import clocks
from ..measurement import Measurement, own_work
from ..patches import Patches
from ..probes.base import CellRun
from ..probes.hooks.wrapping import forget_frame, stands_for
from ..probes.lines import CellCode
from ..probes.places.texts import CellText, CellTexts
from ..ranks.calls import read_known
from ..ranks.folders import is_own
from ..ranks.stream import OVER, RankOptions
from ..record import CellRecord, ErrorInfo, Status
from ..run_records import record_of
from .call_errors import outcome_of_call
from .engine import EngineRank

_PART = "ranks"
_LOOK_S = 0.05
"""Between looks at whether the cell has ended."""
_LONGEST_S = 600.0
"""Without a call: the cell's kernel may have been killed."""


class EngineCalls:
    """Measures them in the process of the engine."""

    def __init__(
        self,
        shell: InteractiveShell,
        rank: EngineRank,
        measurement: Measurement,
        texts: CellTexts,
        *,
        is_free: Callable[[], bool],
    ) -> None:
        """``rank`` tells of the runs; ``texts``: of the engine's own cells.

        ``is_free``: whether ``measurement`` may be used, since no cell runs.
        """
        self._shell, self._rank, self._measurement = shell, rank, measurement
        self._texts, self._is_free = texts, is_free
        self._health = measurement.health
        self._patches = Patches()
        self._run: CellRun | None = None
        self._options: RankOptions | None = None
        self._outcome: tuple[Status, ErrorInfo | None] = ("ok", None)
        self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.is_running = False
        """A function runs now."""

    def open(self) -> None:
        """Wrap the method by which an engine runs one."""
        if self._rank.is_engine:
            self._patches.wrap(getattr(self._shell, "kernel", None), "do_apply", self._wrap)

    def close(self) -> None:
        """Measure none any more."""
        self.end()
        self._patches.restore()

    def _wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def do_apply(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            run = self._begun()
            try:
                reply = original(*args, **kwargs)
            except BaseException as error:
                self._called(run, None)
                forget_frame(error)
                raise
            self._called(run, reply)
            return reply

        return do_apply

    def _begun(self) -> CellRun | None:
        """The run that the function which is to be called belongs to."""
        with self._health.guard(_PART):
            told = self._rank.told()
            if told is None or self.is_running or not self._is_free():
                return None
            began = clocks.perf_counter()
            options = msgspec.convert(told, RankOptions)
            if self._run is None or options != self._options:
                self.end()
                self._begin(options, began)
            run = self._run
            if run is not None:
                run.is_held_up, self.is_running = False, True
            return run
        return None

    def _begin(self, options: RankOptions, began: float) -> None:
        folder = Path(options.folder)
        if not is_own(folder) or Path(folder, OVER).exists():
            return
        known = read_known(options)
        self._texts.tell(
            {name: CellText(each.source_hash, each.shift) for name, each in known.files.items()}
        )
        namespace = self._shell.user_ns
        run = CellRun(
            run_id=secrets.token_hex(8),
            cell_id=options.cell_id,
            execution_count=options.execution_count,
            source=known.source,
            namespace=namespace,
            code=CellCode(known.source, namespace),
            texts=self._texts,
            is_program=True,
        )
        self._options, self._run, self._outcome = options, run, ("ok", None)
        self._measurement.set_rate(options.sampling_hz)
        self._rank.begin(options, run, self._measurement.optimizer_steps)
        self._measurement.begin(run)
        run.started_at, run.started = clocks.time(), clocks.perf_counter()
        run.overhead_s += run.started - began

    def _called(self, run: CellRun | None, reply: Any) -> None:
        """A function has returned or raised, and ``reply`` is what is sent back."""
        if run is None:
            return
        self._last = clocks.perf_counter()
        run.is_held_up, self.is_running = True, False
        with self._health.guard(_PART):
            content = reply[0] if type(reply) is tuple else {}
            if content.get("status") == "error":
                self._outcome = outcome_of_call(content, run)
        with self._health.guard(_PART):
            self._schedule()

    def _schedule(self) -> None:
        if self._timer is None and self._run is not None:
            self._timer = asyncio.get_running_loop().call_later(_LOOK_S, self._look)

    def _look(self) -> None:
        """End the run once the cell that it belongs to wants nothing more."""
        self._timer = None
        with self._health.guard(_PART):
            if not self.is_running and self._options is not None and self._is_over():
                self.end()
            self._schedule()

    def _is_over(self) -> bool:
        assert self._options is not None
        folder = Path(self._options.folder)
        has_ended = Path(folder, OVER).exists() or not folder.is_dir()
        return has_ended or clocks.perf_counter() - self._last > _LONGEST_S

    def end(self) -> None:
        """Tell of the run, if there is one. It ended with the last function."""
        run, self._run = self._run, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if run is None:
            return
        with own_work(self._health, _PART):
            began = clocks.perf_counter()
            record = record_of(run, self._last, *self._outcome)
            self._measurement.end(run, record)
            _cut(record)
            record.overhead_s = run.overhead_s
            self._rank.end(record, began)


def _cut(record: CellRecord) -> None:
    """Leave out the samples between the last function and the end of its cell."""
    if not record.samples:
        return
    last = msgspec.structs.replace(record.samples[-1], t_s=record.duration_s)
    record.samples = [each for each in record.samples if each.t_s < record.duration_s]
    record.samples.append(last)

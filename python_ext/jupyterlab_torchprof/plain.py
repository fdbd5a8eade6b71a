"""Profiles a part of a program in plain Python, without IPython: ``profile``."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import ContextDecorator
from pathlib import Path
from types import TracebackType
from typing import Any

from . import clocks
from .health import Health
from .measurement import Measurement
from .probes.base import CellRun
from .probes.lines import CellCode
from .rank.entry import RankEntry
from .rank.variables import number_in
from .record import CellRecord
from .run_records import outcome_of, record_of
from .session_file import advised, write_session


class profile(ContextDecorator):
    """Measure what runs within, and write it to a session file.

    ``with profile("train") as run: ...`` or ``@profile("train")`` above a function, such as one
    that a cluster runs in its workers. At the end ``NAME.torchprof.json`` is in the working
    directory, in a rank ``NAME.rank1.torchprof.json``; ``jupyter torchprof report`` and ``compare``
    read it. Errors go on, and what was measured until then is written.
    """

    def __init__(self, name: str, *, file: str | os.PathLike[str] | None = None) -> None:
        """``file``: where the session goes instead; in ranks each needs its own."""
        self.name = name
        self.record: CellRecord | None = None
        """What was measured, once it has ended."""
        self._file = file
        self._health = Health()
        self._measurement: Measurement | None = None
        self._run: CellRun | None = None

    @property
    def path(self) -> Path:
        """The session's file."""
        if self._file is not None:
            return Path(self._file)
        rank = number_in("RANK", None)
        return Path(f"{self.name}{'' if rank is None else f'.rank{rank}'}.torchprof.json")

    def _recreate_cm(self) -> profile:
        """For each call of a function that it decorates one of its own."""
        return type(self)(self.name, file=self._file)

    def __enter__(self) -> profile:
        """Begin; a part of the profiler that fails leaves the program alone."""
        with self._health.guard("profile"):
            frame = sys._getframe(1)
            if frame.f_globals.get("__name__") == "contextlib":  # it decorates a function
                frame = frame.f_back or frame
            self._begin(frame.f_globals)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write the session."""
        ended = clocks.perf_counter()
        with self._health.guard("profile"):
            self._end(ended, error)

    def _begin(self, namespace: dict[str, Any]) -> None:
        began = clocks.perf_counter()
        source = f"profile({self.name!r})"
        self._run = run = CellRun(
            run_id=secrets.token_hex(8),
            cell_id=None,
            execution_count=None,
            source=source,
            namespace=namespace,
            code=CellCode(source, namespace),
            is_program=True,
        )
        self._measurement = Measurement(self._health, ranks=RankEntry)
        self._measurement.open()
        self._measurement.begin(run)
        run.started_at, run.started = clocks.time(), clocks.perf_counter()
        run.overhead_s += run.started - began

    def _end(self, ended: float, error: BaseException | None) -> None:
        run, measurement = self._run, self._measurement
        if run is None or measurement is None:
            return
        record = record_of(run, ended, *outcome_of(error, run.code))
        try:
            measurement.end(run, record)
        finally:
            measurement.close()
        self.record = advised(record)
        record.overhead_s = run.overhead_s + clocks.perf_counter() - ended
        write_session(self.path, record, measurement.devices, self._health.entries())

"""Processor time of the cell: how many cores were at work."""

from __future__ import annotations

import os
from typing import ClassVar

from .. import clocks
from ..record import CellRecord
from .base import CellRun, Probe


class CpuTimeProbe(Probe):
    """Reads the process's clock of processor time, which counts every thread."""

    name: ClassVar[str] = "CPU time"

    _children_s: float | None = None

    def begin(self, run: CellRun) -> None:
        """Last of all probes, so that the work of the others is not counted."""
        self._children_s = _children_s()
        run.cpu_started_s = clocks.process_time()

    def end(self, run: CellRun, record: CellRecord) -> None:
        """First of all probes."""
        record.cpu_s = clocks.process_time() - run.cpu_started_s
        before, now = self._children_s, _children_s()
        record.children_cpu_s = None if now is None or before is None else now - before


def _children_s() -> float | None:
    """Of the child processes that have ended so far."""
    if os.name == "nt":  # where it is always zero
        return None
    times = os.times()
    return times.children_user + times.children_system

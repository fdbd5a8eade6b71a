"""Processor time of the cell: how many cores were at work."""

from __future__ import annotations

from typing import ClassVar

from .. import clocks
from ..record import CellRecord
from .base import CellRun, Probe


class CpuTimeProbe(Probe):
    """Reads the process's clock of processor time, which counts every thread."""

    name: ClassVar[str] = "CPU time"

    def begin(self, run: CellRun) -> None:
        """Last of all probes, so that the work of the others is not counted."""
        run.cpu_started_s = clocks.process_time()

    def end(self, run: CellRun, record: CellRecord) -> None:
        """First of all probes."""
        record.cpu_s = clocks.process_time() - run.cpu_started_s

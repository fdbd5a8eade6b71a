"""What one `DataLoader` did during a cell, counted as batches go by."""

from __future__ import annotations

import os
import weakref
from collections import deque
from typing import Any

from ...record import DataLoading

_KEPT = 1000
"""The last waits, which quantiles are taken from."""
SLOW_S = 0.001
"""A wait that is long enough for a closer look at the next."""
_FEW = 4
"""Batches at first that are looked at closely in any case."""


class ReadBytes:
    """What this process has read from disk so far, where the system tells."""

    def __init__(self) -> None:
        """Opens the counter; it costs some microseconds to read."""
        try:
            self._file = os.open("/proc/self/io", os.O_RDONLY)
        except OSError:
            self._file = -1

    def __call__(self) -> int | None:
        """Bytes, or ``None``."""
        if self._file < 0:
            return None
        try:
            for line in os.pread(self._file, 512, 0).splitlines():
                if line.startswith(b"read_bytes:"):
                    return int(line.split()[1])
        except (OSError, ValueError):
            pass
        return None

    def close(self) -> None:
        """Close it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Pass:
    """One iterator over a loader. Its fields are counted by the hook itself, for speed."""

    __slots__ = ("batches", "began", "closely", "ended", "first_s", "wait_s", "waits")

    def __init__(self, waits: deque[float]) -> None:
        """``waits`` gets the waits, first ones left out."""
        self.waits = waits
        self.batches = 0
        self.wait_s = 0.0
        self.first_s = 0.0
        self.began = 0.0
        """When the first batch was asked for, and when the last arrived."""
        self.ended = 0.0
        self.closely = True
        """The next wait is worth reading counters for."""

    def took(self, began: float, ended: float) -> None:
        """A batch that was looked at closely has arrived."""
        seconds = ended - began
        if self.batches == 0:
            self.began, self.first_s = began, seconds
        else:
            self.waits.append(seconds)
        self.batches += 1
        self.wait_s += seconds
        self.ended = ended
        self.closely = self.batches < _FEW or seconds > SLOW_S


class LoaderStats:
    """Of one loader. Holds it weakly."""

    def __init__(self, loader: Any, facts: DataLoading) -> None:
        """``facts``: what is known of the loader before it ran."""
        self.loader = weakref.ref(loader)
        self.facts = facts
        self._waits: deque[float] = deque(maxlen=_KEPT)
        self._passes: list[Pass] = []
        self._cpu_s = 0.0
        self._cpu_of_s = 0.0
        self._read: int | None = None

    def begin_pass(self, startup_s: float) -> Pass:
        """Another iterator was made."""
        self.facts.startup_s += startup_s
        one = Pass(self._waits)
        self._passes.append(one)
        return one

    def looked(self, seconds: float, cpu_s: float, read: int | None) -> None:
        """One wait was looked at closely."""
        self._cpu_s += cpu_s
        self._cpu_of_s += seconds
        if read is not None:
            self._read = (self._read or 0) + read

    def result(self) -> DataLoading:
        """The facts when the cell has ended."""
        facts, passes = self.facts, self._passes
        facts.iterators = len(passes)
        facts.batches = sum(one.batches for one in passes)
        facts.wait_s = sum(one.wait_s for one in passes)
        facts.first_wait_s = sum(one.first_s for one in passes)
        # The work on the last batch is not in it: nobody tells when that ends.
        facts.loop_s = sum(one.ended - one.began for one in passes)
        waits = sorted(self._waits)
        if waits:
            facts.wait_p50_s = waits[len(waits) // 2]
            facts.wait_p95_s = waits[min(len(waits) - 1, int(len(waits) * 0.95))]
        if self._cpu_of_s:  # of the waits that were not looked at, as of those that were
            facts.wait_cpu_s = self._cpu_s / self._cpu_of_s * facts.wait_s
        facts.read_bytes = self._read
        return facts

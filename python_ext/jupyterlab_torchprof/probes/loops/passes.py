"""What one `DataLoader` did during a cell, counted as batches go by."""

from __future__ import annotations

import os
import time
import weakref
from typing import Any

from ...record import DataLoading

_KEPT = 1000
"""Waits that quantiles are taken from."""
_SLOW_S = 0.001
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


class LoaderStats:
    """Of one loader. Holds it weakly."""

    def __init__(self, loader: Any, facts: DataLoading, read_bytes: ReadBytes) -> None:
        """``facts``: what is known of the loader before it ran."""
        self.loader = weakref.ref(loader)
        self.facts = facts
        self._read_bytes = read_bytes
        self._waits: list[float] = []
        self._cpu_s = 0.0
        self._cpu_of_s = 0.0
        self._read: int | None = None

    def begin_pass(self, startup_s: float) -> Pass:
        """Another iterator was made."""
        self.facts.iterators += 1
        self.facts.startup_s += startup_s
        return Pass(self)

    def waited(self, seconds: float, *, is_first: bool) -> None:
        """A batch arrived."""
        facts = self.facts
        facts.batches += 1
        facts.wait_s += seconds
        if is_first:
            facts.first_wait_s += seconds
        elif len(self._waits) < _KEPT:
            self._waits.append(seconds)
        else:
            self._waits[facts.batches % _KEPT] = seconds

    def looked(self, seconds: float, cpu_s: float, read: int | None) -> None:
        """One wait was looked at closely."""
        self._cpu_s += cpu_s
        self._cpu_of_s += seconds
        if read is not None:
            self._read = (self._read or 0) + read

    def result(self) -> DataLoading:
        """The facts when the cell has ended."""
        facts = self.facts
        waits = sorted(self._waits)
        if waits:
            facts.wait_p50_s = waits[len(waits) // 2]
            facts.wait_p95_s = waits[min(len(waits) - 1, int(len(waits) * 0.95))]
        if self._cpu_of_s:  # of the waits that were not looked at, as of those that were
            facts.wait_cpu_s = self._cpu_s / self._cpu_of_s * facts.wait_s
        facts.read_bytes = self._read
        return facts


class Pass:
    """One iterator over a loader."""

    __slots__ = ("_last_end", "_last_s", "_seen", "stats")

    def __init__(self, stats: LoaderStats) -> None:
        """No batch was asked for yet."""
        self.stats = stats
        self._last_end = 0.0
        self._seen = 0
        self._last_s = 0.0

    @property
    def looks_closely(self) -> bool:
        """Whether the next wait is worth reading counters for."""
        return self._seen < _FEW or self._last_s > _SLOW_S

    @property
    def is_first(self) -> bool:
        """Whether the next batch is the first of the pass."""
        return self._seen == 0

    def closely(self) -> tuple[float, int | None]:
        """The counters now: processor time of the thread, and bytes read."""
        return time.thread_time(), self.stats._read_bytes()

    def took(self, began: float, ended: float) -> None:
        """A batch was asked for and arrived."""
        seconds = ended - began
        first = self._seen == 0
        self.stats.waited(seconds, is_first=first)
        # The work on the last batch is not in it: nobody tells when that ends.
        self.stats.facts.loop_s += ended - (began if first else self._last_end)
        self._last_end = ended
        self._seen += 1
        self._last_s = seconds

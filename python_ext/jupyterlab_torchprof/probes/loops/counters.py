"""What the system counts for a thread: its time on a core, its time without one, what it read."""

from __future__ import annotations

import os
import threading
from typing import NamedTuple

from ... import clocks


class Counts(NamedTuple):
    """At one moment."""

    cpu_s: float
    delay_s: float | None
    """Time in which the thread was ready to run and had no core."""
    read_bytes: int | None
    """Read from disk by the process."""


class Counters:
    """Reads them; each time costs some microseconds."""

    def __init__(self) -> None:
        """Opens the files, where the system has them."""
        self._io = _open("/proc/self/io")
        self._schedule = -1
        self._thread: int | None = None

    def __call__(self) -> Counts:
        """Of the thread that asks."""
        return Counts(clocks.thread_time(), self._delay_s(), self._read_bytes())

    def _delay_s(self) -> float | None:
        """The second number of ``schedstat``, in nanoseconds. The file is of one thread."""
        thread = threading.get_ident()
        if thread != self._thread:
            _close(self._schedule)
            self._schedule, self._thread = _open("/proc/thread-self/schedstat"), thread
        if self._schedule < 0:
            return None
        try:
            return int(os.pread(self._schedule, 128, 0).split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return None

    def _read_bytes(self) -> int | None:
        if self._io < 0:
            return None
        try:
            for line in os.pread(self._io, 512, 0).splitlines():
                if line.startswith(b"read_bytes:"):
                    return int(line.split()[1])
        except (OSError, ValueError):
            pass
        return None

    def close(self) -> None:
        """Close the files."""
        _close(self._io)
        _close(self._schedule)
        self._io = self._schedule = -1
        self._thread = None


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY)
    except OSError:
        return -1


def _close(file: int) -> None:
    if file >= 0:
        os.close(file)

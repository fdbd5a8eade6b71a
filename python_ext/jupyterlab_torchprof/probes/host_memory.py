"""Resident memory of the process: before, after, and the exact peak between.

On Linux the kernel keeps a high-water mark (``VmHWM``) that a process may set back for itself by
writing ``5`` to ``/proc/self/clear_refs``. That also sets ``ru_maxrss`` back. Elsewhere, or where
it is denied, the peak is the highest of before, after and the samples, and says so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from ..health import Health
from ..record import HOST, CellRecord, MemoryEntry
from .base import CellRun, Probe


def _statm_reader() -> Callable[[], int]:
    page = os.sysconf("SC_PAGE_SIZE")

    def resident_bytes() -> int:
        descriptor = os.open("/proc/self/statm", os.O_RDONLY)
        try:
            return int(os.read(descriptor, 128).split()[1]) * page
        finally:
            os.close(descriptor)

    return resident_bytes


def _psutil_reader() -> Callable[[], int]:
    import psutil

    process = psutil.Process()
    return lambda: int(process.memory_info().rss)


def make_resident_reader() -> Callable[[], int]:
    """A function that returns the resident set size of this process in bytes.

    Raises ImportError where there is no ``/proc`` and no psutil.
    """
    return _statm_reader() if sys.platform == "linux" else _psutil_reader()


def resident_or_none(read: Callable[[], int]) -> int | None:
    """What a reader says; ``None`` where the system does not let it read."""
    try:
        return read()
    except OSError:
        return None


def host_total_bytes() -> int | None:
    """Memory of the machine, or of the container if that is less."""
    limits: list[int] = []
    try:
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        with suppress(ImportError):
            import psutil

            limits.append(int(psutil.virtual_memory().total))
    with suppress(OSError, ValueError):  # no such file, or "max"
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text("ascii")))
    return min(limits, default=None)


class HighWater:
    """The process's one high-water mark, shared by measurements that overlap.

    Setting the mark back for one measurement would lose the peak of another that is open, so
    each reading is first noted for all of them.
    """

    def __init__(self, clear_path: str, status_path: str) -> None:
        """The two files of ``/proc``; a test may name others."""
        self._clear_path = clear_path
        self._status_path = Path(status_path)
        self._peaks: dict[object, int] = {}

    def open(self, owner: object) -> bool:
        """Begin to look for the peak; ``False`` where the mark cannot be set back."""
        try:
            if self._peaks:
                self._note()
            descriptor = os.open(self._clear_path, os.O_WRONLY)
            try:
                os.write(descriptor, b"5")
            finally:
                os.close(descriptor)
        except OSError:
            return False
        self._peaks[owner] = 0
        return True

    def close(self, owner: object) -> int | None:
        """The peak since `open`, in bytes; ``None`` if it was not opened."""
        if owner not in self._peaks:
            return None
        try:
            self._note()
        except (OSError, ValueError):  # it may be set back, and not be read
            del self._peaks[owner]
            return None
        return self._peaks.pop(owner)

    def _note(self) -> None:
        status = self._status_path.read_bytes()
        start = status.index(b"VmHWM:") + 6
        peak = int(status[start : status.index(b"kB", start)]) * 1024
        for owner, known in self._peaks.items():
            self._peaks[owner] = max(known, peak)


_high_water = HighWater("/proc/self/clear_refs", "/proc/self/status")


class HostMemoryProbe(Probe):
    """Writes the record's first memory entry."""

    name: ClassVar[str] = "host memory"

    def __init__(self, health: Health, high_water: HighWater = _high_water) -> None:
        """``high_water`` is the process's own unless a test gives another."""
        super().__init__(health)
        self._high_water = high_water
        self._resident_bytes = make_resident_reader()
        self._total_bytes = host_total_bytes()
        self._before = 0

    def begin(self, run: CellRun) -> None:
        """Note the memory before and set the mark back."""
        self._high_water.close(self)  # of a run that never ended
        self._before = self._resident_bytes()
        self._high_water.open(self)

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Write the host's entry."""
        after = self._resident_bytes()
        exact = self._high_water.close(self)
        sampled = run.sampled_peaks.get(HOST, 0)
        record.memory.insert(
            0,
            MemoryEntry(
                device=HOST,
                allocated_before_bytes=self._before,
                allocated_after_bytes=after,
                # The kernel counts per processor: the mark may lag a little behind.
                peak_bytes=max(self._before, after, exact if exact is not None else sampled),
                peak_is="sampled" if exact is None else "exact",
                total_bytes=self._total_bytes,
            ),
        )

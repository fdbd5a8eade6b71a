"""Whether a process waits for threads that its fork has not copied.

PyTorch computes with OpenMP's threads. What OpenMP knows of them is copied with the memory of a
process, they themselves are not: in a copy of one that had them, the first operation that takes
several waits for them for ever. Where the main thread waits, the system tells a process of its own
threads, on Linux, as the address of the code that made the call. PyTorch's packages come with GNU's
OpenMP, which makes its calls itself; another one has the C library do so, and is not seen.
"""

from __future__ import annotations

from pathlib import Path
from threading import get_native_id

_MAPS = Path("/proc/self/maps")
_OPENMP = b"libgomp"
_ANOTHERS = b".libs/"
"""Where packages as scikit-learn have an OpenMP of their own; PyTorch's lies in ``torch/lib``."""
_LONG_S = 3.0
"""In one and the same wait."""
_BUSY = 0.1
"""Of one core: from so much processor time on, threads may be at work for which it waits."""


class OpenMPWait:
    """Looks at one thread of this process, now and then."""

    def __init__(self) -> None:
        """The thread is the one that makes it."""
        self._path = Path(f"/proc/self/task/{get_native_id()}/syscall")
        self._call = b""
        self._since_s = self._since_cpu_s = 0.0
        self._is_openmp: bool | None = None

    def look(self, now_s: float, cpu_s: float) -> float | None:
        """For how long it has waited by now; ``None``: not, or not long, or nobody tells.

        ``cpu_s``: processor time of the process.
        """
        try:
            call = self._path.read_bytes()
            if call != self._call:
                self._call, self._is_openmp = call, None
                self._since_s, self._since_cpu_s = now_s, cpu_s
                return None
            waited_s = now_s - self._since_s
            if waited_s < _LONG_S or cpu_s - self._since_cpu_s > _BUSY * waited_s:
                return None
            if self._is_openmp is None:
                self._is_openmp = _is_of_openmp(call)
        except (OSError, ValueError, IndexError):
            return None
        return waited_s if self._is_openmp else None


def _is_of_openmp(call: bytes) -> bool:
    """Whether PyTorch's OpenMP made a call, as the system writes it: the code's address is last."""
    address = int(call.split()[-1], 16)  # ValueError of a thread that runs
    for line in _MAPS.read_bytes().splitlines():
        start, _, end = line.split(None, 1)[0].partition(b"-")
        if int(start, 16) <= address < int(end, 16):
            return line.rpartition(b"/")[2].startswith(_OPENMP) and _ANOTHERS not in line
    return False

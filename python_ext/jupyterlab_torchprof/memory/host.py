"""What the C library of the process keeps of memory that the program has freed (glibc)."""

from __future__ import annotations

import ctypes
import math
import sys
from functools import cache
from typing import Any

from .. import clocks

_QUICK_S = 0.0002
_PAUSE_S = 2.0


class _Mallinfo2(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


def freed_bytes() -> int | None:
    """Bytes in free blocks of the allocator's heaps; ``None``: not glibc, or one before 2.33.

    An upper bound of what can be given back: pages of free blocks that were given back already
    count, too.

    Source: https://man7.org/linux/man-pages/man3/mallinfo.3.html
    """
    library = _library()
    if library is None or not hasattr(library, "mallinfo2"):
        return None
    library.mallinfo2.restype = _Mallinfo2
    return int(library.mallinfo2().fordblks)


class Freed:
    """What the process could give back.

    To ask takes a walk over all free blocks: where that is slow it is done every other second only.
    """

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._asked_at = -math.inf
        self._took_s = 0.0
        self._freed = 0
        self._trimmed = 0
        """What still counted after the last trim: its pages are back already."""

    def look(self) -> int:
        """Bytes; zero where nothing can be given back."""
        now = clocks.perf_counter()
        if self._took_s <= _QUICK_S or now - self._asked_at >= _PAUSE_S:
            self._freed = (freed_bytes() or 0) if can_trim() else 0
            self._asked_at, self._took_s = now, clocks.perf_counter() - now
        return max(0, self._freed - self._trimmed)

    def trimmed(self) -> None:
        """It was given back just now."""
        self._trimmed = freed_bytes() or 0
        self._asked_at = -math.inf


def can_trim() -> bool:
    """Whether freed memory can be given back to the system."""
    library = _library()
    return library is not None and hasattr(library, "malloc_trim")


def trim() -> None:
    """Give free blocks back to the system.

    Source: https://man7.org/linux/man-pages/man3/malloc_trim.3.html
    """
    library = _library()
    if library is not None:
        library.malloc_trim(0)


@cache
def _library() -> Any:
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL(None)
    except OSError:
        return None

"""Profilers and timers of the program's own that look on while something is called."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FrameType

_TIMED = ("<timeit-src>", "<magic-timeit>")
"""Files that ``timeit`` and IPython's magic say their loops are of."""
_MAX_FRAMES = 60


@dataclass(slots=True)
class _Own:
    """What we do ourselves, which nobody of the program's looks at."""

    collects: bool = False
    """PyTorch's profiler runs for a deep profile."""


OWN = _Own()


def onlooker(frame: FrameType | None) -> str | None:
    """Which one looks on at a call on this thread that ``frame`` is below; looks only."""
    profiler = sys.modules.get("torch.autograd.profiler")
    if getattr(profiler, "_is_profiler_enabled", False) is True and not OWN.collects:
        return "torch.profiler"
    if _is_profiling():
        return "cProfile"
    tracing = sys.modules.get("tracemalloc")
    if tracing is not None and tracing.is_tracing():
        return "tracemalloc"
    for _ in range(_MAX_FRAMES):
        if frame is None:
            break
        if frame.f_code.co_filename in _TIMED:
            return "timeit"
        frame = frame.f_back
    return None


def _is_profiling() -> bool:
    if sys.getprofile() is not None:
        return True
    monitoring = getattr(sys, "monitoring", None)  # from Python 3.12 on
    return monitoring is not None and monitoring.get_tool(monitoring.PROFILER_ID) is not None

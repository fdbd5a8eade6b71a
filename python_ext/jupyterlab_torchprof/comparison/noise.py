"""Which differences are more than the noise of their measurement.

The same bounds as ``src/record/noise.ts``; less is better.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from ..record import CellRecord, MemoryEntry, Session

SHORT_S = 0.01
"""Below this, times are the noise of an interpreter."""
SAME_TIME = 0.1
"""Two times of single runs that differ by less than this share are the same."""
_SAME_MEDIAN = 0.05
_ERRORS = 3
"""A difference of fewer standard errors is chance: some times are compared at once."""
_HOST_BYTES = 8 << 20
"""Memory of a process moves by this much by itself."""
_DEVICE_BYTES = 64 << 10
_SAME_MEMORY = 0.01
"""Of a memory that was sampled, or is the process's."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How often a source ran, and how long that took, in seconds."""

    runs: int
    median: float
    least: float
    most: float


def timing(session: Session, record: CellRecord) -> Timing:
    """Of all complete runs of the same source in the same cell; of a failed run, itself alone.

    Runs that were recorded in depth take longer, so they are compared among themselves.
    """
    times = [
        run.duration_s
        for run in session.cells
        if run is record
        or (
            record.status == run.status == "ok"
            and record.cell_id is not None
            and (run.cell_id, run.source_hash) == (record.cell_id, record.source_hash)
            and (run.deep is None) == (record.deep is None)
        )
    ]
    return Timing(len(times), statistics.median(times), min(times), max(times))


def time_noise(before: Timing, after: Timing) -> float:
    """Seconds by which the medians may differ by chance; infinite where the ranges overlap."""
    several = before.runs > 1 and after.runs > 1
    if several and before.least <= after.most and after.least <= before.most:
        return float("inf")
    return max(SHORT_S, (_SAME_MEDIAN if several else SAME_TIME) * before.median)


def is_chance(before: float, after: float, variance: float) -> bool:
    """Whether times that were told by looks may differ as much by chance.

    In seconds; ``variance`` is that of their difference.
    """
    noise = max(SHORT_S, SAME_TIME * max(before, after), _ERRORS * math.sqrt(variance))
    return abs(after - before) <= noise


def memory_noise(before: MemoryEntry | None, after: MemoryEntry | None) -> float:
    """Bytes. A device's allocator counts exactly; the process's memory and samples do not."""
    entries = [entry for entry in (before, after) if entry is not None]
    is_host = any(entry.device == "host" for entry in entries)
    exact = len(entries) == 2 and all(entry.peak_is == "exact" for entry in entries)
    share = 0.0 if exact and not is_host else _SAME_MEMORY
    peak = 0 if before is None else before.peak_bytes
    return max(_HOST_BYTES if is_host else _DEVICE_BYTES, share * peak)

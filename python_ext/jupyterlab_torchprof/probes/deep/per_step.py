"""Time of a row by the steps in which it was taken, and how much the steps differ in it."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise


class PerStep:
    """Adds up the time of rows by step; of a window without whole steps nothing is told."""

    def __init__(self, boundaries_ns: Sequence[int] = ()) -> None:
        """``boundaries_ns``: the beginning of the first step, and the end of each."""
        self._boundaries = list(boundaries_ns)
        self._count = max(0, len(self._boundaries) - 1)
        self._times: dict[Hashable, list[int]] = {}

    def add(self, row: Hashable, at_ns: int, taken_ns: int) -> None:
        """A row took so long in the step that went on at the time."""
        if self._count < 2:
            return
        step = bisect_right(self._boundaries, at_ns) - 1
        if 0 <= step < self._count:
            self._times.setdefault(row, [0] * self._count)[step] += taken_ns

    def spans(self, begin_ns: int, end_ns: int) -> Iterator[tuple[int, int]]:
        """A span of time, cut where a step ends."""
        within = [each for each in self._boundaries if begin_ns < each < end_ns]
        return pairwise([begin_ns, *within, end_ns])

    def spread_s(self, row: Hashable) -> float | None:
        """Standard deviation of a row's time from step to step, in seconds."""
        times = self._times.get(row)
        return None if times is None else statistics.stdev(times) / 1e9

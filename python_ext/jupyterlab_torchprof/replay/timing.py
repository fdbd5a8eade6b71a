"""Times two ways in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

from .. import clocks
from ..beside.errors import CannotMeasure
from ..beside.spread import median_and_spread
from .ways import Way

_BUDGET_S = 0.05
"""Of each way."""
_LONGEST_S = 1.0
_SAMPLE_S = 0.0005
"""What is shorter is done several times for one measurement."""
_ROUNDS = (5, 200)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one call."""

    median_s: float
    spread_s: float
    """Half of the distance between the quartiles."""


def compare(
    torch: Any, original: Way, other: Way, synchronise: Callable[[], None]
) -> tuple[Times, Times, int]:
    """Of the original, of the other way, and how often each was measured.

    Raises:
        CannotMeasure: a call takes too long.
    """
    timers = [_Timer(torch, way, synchronise) for way in (original, other)]
    longest = max(timer.get_ready() for timer in timers)
    least, most = _ROUNDS
    rounds = max(least, min(most, int(_BUDGET_S / longest)))
    for _round in range(rounds):
        for timer in timers:
            timer.measure()
    first, second = (timer.times() for timer in timers)
    return first, second, rounds


class _Timer:
    def __init__(self, torch: Any, way: Way, synchronise: Callable[[], None]) -> None:
        self._torch, self._way, self._synchronise = torch, way, synchronise
        self._threads = torch.get_num_threads() if way.threads is None else way.threads
        self._calls = 1
        self._samples: list[float] = []

    def get_ready(self) -> float:
        """Warm up; how long a sample will take, in seconds."""
        seconds = 0.0
        for _attempt in range(2):
            seconds = max(self._once(), 1e-7)
            if seconds > _LONGEST_S:
                raise CannotMeasure("One call takes more than a second; that is too long to try.")
        self._calls = ceil(_SAMPLE_S / seconds)
        return seconds * self._calls

    def measure(self) -> None:
        """One sample."""
        self._samples.append(self._once())

    def times(self) -> Times:
        """Of all samples."""
        return Times(*median_and_spread(self._samples))

    def _once(self) -> float:
        call = self._way.call
        if self._torch.get_num_threads() != self._threads:
            self._torch.set_num_threads(self._threads)
            call()  # threads are made anew
        self._synchronise()
        began = clocks.perf_counter()
        for _call in range(self._calls):
            call()
        self._synchronise()
        return (clocks.perf_counter() - began) / self._calls

"""Which calls of modules a step could checkpoint, as they lower its peak."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from .calls import Call, Modules, calls_between, groups_of
from .checkpointed import checkpointed, saved_bytes
from .lives import Life
from .moments import Moment, Part, moments_of, peaks_between

MOST_TOLD = 2
_MOST_TRIED = 6
_LEAST_SAVED = 0.05
"""Of what the largest of its group gives back: a call that gives less stays as it is."""
_LEAST_LOWER = 0.95


class Checkpointed:
    """A step in which some calls are."""

    def __init__(
        self, calls: list[Call], lives: Sequence[tuple[Life, Part]], begin_ns: int, end_ns: int
    ) -> None:
        """What the ``lives`` are without that, between two times."""
        self.calls = calls
        self._ways = [checkpointed(lives, calls, held=held) for held in (True, False)]
        self._span = (begin_ns, end_ns)

    def peaks(self) -> tuple[int, int]:
        """Bytes at most and at least: who holds what a call makes is not known."""
        most, least = (
            _peak([life for life, _part in lives], *map(times.later, self._span))
            for lives, times in self._ways
        )
        return most, least

    def moments(self) -> tuple[list[Moment], list[Moment]]:
        """Those of `moments_of`, of the most and of the least.

        What runs again in the backward is at the time where that begins.
        """
        most, least = (
            [
                moment._replace(at_ns=times.was(moment.at_ns))
                for moment in moments_of(lives, *map(times.later, self._span))
            ]
            for lives, times in self._ways
        )
        return most, least


def advised(
    lives: Sequence[tuple[Life, Part]], modules: Modules, begin_ns: int, end_ns: int
) -> list[Checkpointed]:
    """Those with the lowest peak first, if it is a twentieth lower than without."""
    ordered = sorted((life for life, _part in lives), key=lambda life: life.born_ns)
    births = [life.born_ns for life in ordered]
    measured = _peak(ordered, begin_ns, end_ns)
    tried: list[tuple[int, list[Call]]] = []
    for calls in groups_of(calls_between(modules, begin_ns, end_ns)):
        made = (
            ordered[bisect_left(births, call.begin_ns) : bisect_left(births, call.end_ns)]
            for call in calls
        )
        saved = list(map(saved_bytes, made, calls))
        least = max(1, _LEAST_SAVED * max(saved))
        worth = [call for call, nbytes in zip(calls, saved, strict=True) if nbytes >= least]
        if sum(saved) >= (1 - _LEAST_LOWER) * measured and not _overlap(worth):
            tried.append((sum(saved), worth))
    found: list[tuple[int, Checkpointed]] = []
    for _saved, calls in sorted(tried, key=lambda each: -each[0])[:_MOST_TRIED]:
        way = Checkpointed(calls, lives, begin_ns, end_ns)
        peak = max(way.peaks())
        if peak <= _LEAST_LOWER * measured:
            found.append((peak, way))
    return [way for _peak, way in sorted(found, key=lambda each: each[0])[:MOST_TOLD]]


def _peak(lives: Sequence[Life], begin_ns: int, end_ns: int) -> int:
    return peaks_between(lives, [begin_ns, end_ns])[0]


def _overlap(calls: Sequence[Call]) -> bool:
    """Whether one runs within another, or their backwards do not follow one another."""
    forwards = sorted((call.begin_ns, call.end_ns) for call in calls)
    backwards = sorted((call.backward_ns, call.backward_end_ns) for call in calls)
    return any(
        after[0] < before[1] for spans in (forwards, backwards) for before, after in pairwise(spans)
    )

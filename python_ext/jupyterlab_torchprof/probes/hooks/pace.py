"""When a hook that is called often should look closely: at first always, then now and then."""

from __future__ import annotations

import sys

from ... import clocks
from ...record import Visits
from ..base import CellRun

_ALWAYS = 32
"""Calls that are looked at in any case, at first and at each place that is new."""
_PERIOD_S = 0.01
"""Time between looks, at least; while few were taken it is this."""
_SHARE = 0.0005
"""Of the cell's time, which looks may take beyond those; each hook has a pace of its own."""
_FREE_S = 0.002
"""What they may take in any case."""
_MOST = 20
"""Places that are remembered."""


class Pace:
    """Finds the place of the last call of a hook in one cell.

    To look at the stack costs as much as the rest of such a hook, and what is looked at costs more.
    In a tight loop it is done as often as two thousandths of a second and a part of the cell's time
    allow, so the last place may lag behind: by ten milliseconds in a short cell, by some more in a
    long one.
    """

    def __init__(self, run: CellRun) -> None:
        """For the time of one run."""
        self.due = 0.0
        """When to look next, of `clocks.perf_counter`."""
        self.last_place: int | None = None
        """The last place of the cell's own thread that was found."""
        self._run = run
        self._left = _ALWAYS
        self._spent_s = 0.0
        self._met: set[int] = set()
        self._visits: dict[int, Visits] = {}

    def visits(self) -> list[Visits]:
        """The places, in the order in which they were found first."""
        return list(self._visits.values())

    def look(self, now: float, *, stay: bool = False) -> None:
        """Called within the hook; ``stay``: look next time, too."""
        run = self._run
        place = run.place(sys._getframe(1))
        if place is not None:
            if run.line(place) is not None:
                if place not in self._met:
                    self._met.add(place)
                    self._left = _ALWAYS
                elif place != self.last_place and self._left <= 0:
                    self._left = 2  # this call and the next: what comes after a loop may be short
                self.last_place = place
            self._visit(place, round(now - run.started, 4))
        self._left -= 1
        # Another thread's call says nothing about the next one of the cell's.
        stay = stay or run.line(place) is None or self._left > 0
        self.due = 0.0
        ended = clocks.perf_counter()
        if not stay:
            self._pause(ended, ended - now)
        run.overhead_s += ended - now

    def took(self, began: float) -> None:
        """What the hook did with the look ends now; ``began`` as the look ended."""
        ended = clocks.perf_counter()
        if self.due:
            self._pause(ended, ended - began)
        self._run.overhead_s += ended - began

    def _pause(self, now: float, seconds: float) -> None:
        self._spent_s += seconds
        earned = (self._spent_s - _FREE_S) / _SHARE
        self.due = max(now + _PERIOD_S, self._run.started + earned)

    def _visit(self, place: int, seconds: float) -> None:
        visits = self._visits.get(place)
        if visits is not None:
            visits.last_s = seconds
        elif len(self._visits) < _MOST:
            self._visits[place] = Visits(place=place, first_s=seconds, last_s=seconds)

"""When a hook that is called often should look closely: at first always, then now and then."""

from __future__ import annotations

import sys

from ... import clocks
from ...record import Visits
from ..base import CellRun

_ALWAYS = 32
"""Calls that are looked at in any case, at first and after the place has changed."""
_PERIOD_S = 0.01
_MOST = 20
"""Places that are remembered."""


class Pace:
    """Finds the place of the last call of a hook in one cell.

    To look at the stack costs as much as the rest of such a hook. In a tight loop it is done every
    ten milliseconds only, so the last place may lag behind by as much.
    """

    def __init__(self, run: CellRun) -> None:
        """For the time of one run."""
        self.due = 0.0
        """When to look next, of `clocks.perf_counter`."""
        self.last_place: int | None = None
        """The last place of the cell's own thread that was found."""
        self._run = run
        self._left = _ALWAYS
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
                if place != self.last_place:
                    self._left = _ALWAYS
                self.last_place = place
            self._visit(place, round(now - run.started, 4))
        self._left -= 1
        # Another thread's call says nothing about the next one of the cell's.
        stay = stay or run.line(place) is None or self._left > 0
        ended = clocks.perf_counter()
        self.due = 0.0 if stay else ended + _PERIOD_S
        run.overhead_s += ended - now

    def _visit(self, place: int, seconds: float) -> None:
        visits = self._visits.get(place)
        if visits is not None:
            visits.last_s = seconds
        elif len(self._visits) < _MOST:
            self._visits[place] = Visits(place=place, first_s=seconds, last_s=seconds)

"""When a hook that is called often should look closely: at first always, then now and then."""

from __future__ import annotations

from ... import clocks
from ..base import CellRun
from .called_lines import CalledLines

_ALWAYS = 32
"""Calls that are looked at in any case, at first and after the line has changed."""
_PERIOD_S = 0.01


class Pace:
    """Finds the line of the last call of a hook in one cell.

    To look at the stack costs as much as the rest of such a hook. In a tight loop it is done every
    ten milliseconds only, so the last line may lag behind by as much.
    """

    def __init__(self, run: CellRun) -> None:
        """For the time of one run."""
        self.due = 0.0
        """When to look next, of `clocks.perf_counter`."""
        self._run = run
        self._lines = CalledLines(run)
        self._left = _ALWAYS

    @property
    def last_line(self) -> int | None:
        """The last line that was found, from one."""
        return self._lines.last

    def look(self, now: float, *, stay: bool = False) -> None:
        """Called by the hook's function that the hook calls; ``stay``: look next time, too."""
        before = self._lines.last
        line = self._lines.look()
        if line != before:
            self._left = _ALWAYS
        self._left -= 1
        # Another thread's call says nothing about the next one of the cell's.
        stay = stay or line is None or self._left > 0
        ended = clocks.perf_counter()
        self.due = 0.0 if stay else ended + _PERIOD_S
        self._run.overhead_s += ended - now

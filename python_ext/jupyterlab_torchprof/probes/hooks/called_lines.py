"""The line of the cell that a hook is called from, for hooks that are called often."""

from __future__ import annotations

import sys
from types import CodeType, FrameType

from ..base import CellRun

_MAX_PLACES = 4


class CalledLines:
    """Remembers for one hook where on the stack the cell's code was, and looks there first.

    The stack of a kernel is fifty frames deep, and a frame must be made an object to be looked
    at: to look at one is far cheaper than to walk them all, as `CellRun.line` does.
    """

    def __init__(self, run: CellRun) -> None:
        """For the time of one run."""
        self.last: int | None = None
        """The last line that was found."""
        self._run = run
        self._places: list[tuple[int, CodeType, dict[int, int | None]]] = []
        """Depth on the stack, the cell's code there, and the lines that were found for it."""

    def look(self) -> int | None:
        """Line that the hook which asks was called from, from one."""
        line = self._look()
        if line is not None:
            self.last = line
        return line

    def _look(self) -> int | None:
        # On the stack: this method, `look`, its caller, and its caller's caller.
        for depth, code, lines in self._places:
            try:
                at = sys._getframe(depth)
            except ValueError:  # the stack is less deep this time
                continue
            if at.f_code is code:
                number = at.f_lineno
                if number not in lines:
                    lines[number] = self._run.line(sys._getframe(3))
                return lines[number]
        return self._search(sys._getframe(3))

    def _search(self, frame: FrameType) -> int | None:
        line = self._run.line(frame)
        at: FrameType | None = frame
        depth = 3
        while at is not None:
            if at.f_code.co_name == "<module>" and at.f_globals is self._run.namespace:
                self._places = self._places[: _MAX_PLACES - 1]
                self._places.insert(0, (depth, at.f_code, {at.f_lineno: line}))
                break
            at = at.f_back
            depth += 1
        return line

"""What the calls around training steps share: the run, and where they come from."""

from __future__ import annotations

from ... import clocks
from ...record import GradState
from ..base import CellRun
from ..hooks.pace import Pace


class TrainingRun:
    """One run while it happens."""

    def __init__(self, run: CellRun, state: GradState) -> None:
        """``state`` is counted into."""
        self.state = state
        self.pace = Pace(run)

    def place(self) -> int | None:
        """Where the call came from that is made now; in a tight loop the last that was found."""
        pace, now = self.pace, clocks.perf_counter()
        if now > pace.due:
            pace.look(now)
        return pace.last_place

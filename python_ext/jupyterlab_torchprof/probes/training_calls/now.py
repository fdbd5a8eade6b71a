"""What the calls around training steps share: the run, and where they come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import clocks
from ...patches import Patches
from ...record import GradState
from ..base import CellRun
from ..hooks.pace import Pace


class TrainingRun:
    """One run while it happens."""

    def __init__(self, run: CellRun, state: GradState) -> None:
        """``state`` is counted into."""
        self.state = state
        self._pace = Pace(run)

    def place(self) -> int | None:
        """Where the call came from that is made now; in a tight loop the last that was found."""
        pace, now = self._pace, clocks.perf_counter()
        if now > pace.due:
            pace.look(now)
        return pace.last_place


def wrap_everywhere(
    patches: Patches,
    owners: tuple[Any, ...],
    name: str,
    wrap: Callable[[Callable[..., Any]], Callable[..., Any]],
) -> None:
    """One wrapper under all names of one function, so that they stay identical."""
    original = getattr(owners[0], name)
    wrapper = wrap(original)
    for owner in owners:
        if getattr(owner, name, None) is original:
            patches.wrap(owner, name, lambda _original: wrapper)

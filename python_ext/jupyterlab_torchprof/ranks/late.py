"""Ranks that go on when their cell has ended, as those of ``%%px --noblock``: told late."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import clocks
from ..health import Health
from ..record import CellRecord
from .gather import Gather

if TYPE_CHECKING:
    from asyncio import TimerHandle

_PART = "ranks"
_MOST = 8
"""Cells whose ranks are waited for; of older ones stays what is known."""
_SOON_S, _LATER_S = 0.1, 0.5
"""Between looks, at first and after `_FIRST_S`."""
_FIRST_S = 3.0
_GRACE_S = 2.0
"""That ranks have to write their last frame when nothing is awaited of them any more."""


@dataclass(slots=True)
class Unfinished:
    """A cell that has ended before its ranks, as far as is known."""

    record: CellRecord
    gather: Gather
    goes_on: Callable[[], bool]
    """Whether anything is still awaited of the ranks."""
    exits: Mapping[int, int | None] = field(default_factory=dict)
    joined: Container[int] = ()
    fewest: int = 1
    """Ranks of which something is told: fewer are none."""
    done_at: float | None = None
    """When nothing was awaited any more, by `clocks.perf_counter`."""
    known: tuple[int, int, int] = (0, 0, 0)
    """Ranks that had begun, ended, and waited for others when they were told last."""

    def __post_init__(self) -> None:
        """They have been told as they are now."""
        self.known = self._state()

    def _state(self) -> tuple[int, int, int]:
        return (*self.gather.counts(), self.gather.stalled())

    def look(self) -> bool:
        """Read what is new; returns whether the record has changed."""
        self.gather.read()
        if self.done_at is None and not self.goes_on():
            self.done_at = clocks.perf_counter()
            self.gather.say_over()
        state, is_over = self._state(), self.is_over
        if state == self.known and not is_over:
            return False
        self.known = state
        if state[0] < self.fewest:
            return False
        self.record.ranks = self.gather.runs(self.exits, self.joined, going_on=not is_over)
        return True

    @property
    def is_over(self) -> bool:
        """Nothing more will come, or it would have come by now."""
        if self.done_at is None:
            return False
        begun, ended = self.gather.counts()
        return begun == ended or clocks.perf_counter() - self.done_at > _GRACE_S


class LateRanks:
    """Looks after them while no cell runs, on the thread of the cells."""

    def __init__(
        self, health: Health, is_busy: Callable[[], bool], tell: Callable[[CellRecord], None]
    ) -> None:
        """``is_busy``: whether a cell runs; ``tell`` gets a record whose ranks have changed."""
        self._health = health
        self._is_busy = is_busy
        self._tell = tell
        self._waiting: list[Unfinished] = []
        self._left: list[Gather] = []
        """Whose folders could not be removed yet."""
        self._timer: TimerHandle | None = None
        self._added = 0.0

    def add(self, cell: Unfinished) -> None:
        """Its cell has ended."""
        self._waiting.append(cell)
        self._added = clocks.perf_counter()
        while len(self._waiting) > _MOST:
            self._drop(self._waiting[0])
        self._schedule()

    def look(self) -> None:
        """Tell what is new. The records are those of cells that have ended."""
        for cell in list(self._waiting):
            with self._health.guard(_PART):
                if cell.look():
                    self._tell(cell.record)
                if cell.is_over:
                    self._drop(cell)

    def close(self) -> None:
        """Wait for nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for cell in list(self._waiting):
            self._drop(cell)

    def forked(self) -> None:
        """The folders and the timer are the parent's."""
        self._waiting, self._left, self._timer = [], [], None

    def _drop(self, cell: Unfinished) -> None:
        self._waiting.remove(cell)
        self._left = [each for each in [*self._left, cell.gather] if not each.close()]

    def _schedule(self) -> None:
        """Look again soon, where the kernel has a loop; else when the next cell begins."""
        if self._timer is not None or not self._waiting:
            return
        with self._health.guard(_PART):
            import asyncio  # which a rank that was started has no use for

            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return
            is_new = clocks.perf_counter() - self._added < _FIRST_S
            self._timer = loop.call_later(_SOON_S if is_new else _LATER_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if not self._is_busy():
            self.look()
        self._schedule()

"""The window of a run, and another one where a training begins after the first has ended.

A cell may evaluate, or prepare its data, before it trains: the first window is of that, for nobody
knows what will come. If then an optimizer steps, the training is recorded, too, and told instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...messages import DeepProgress
from .window import Window


class Windows:
    """What `Window` does, of the one that is open."""

    def __init__(
        self,
        make: Callable[[Callable[[], None]], Window],
        *,
        over: Callable[[bool], None],
        again: Callable[[], None],
    ) -> None:
        """``make(over)``: a window that calls ``over`` once it records no more.

        ``over(is_final)``: nothing will be recorded, or nothing until an optimizer steps; then
        ``again()`` is called.
        """
        self._make, self._over, self._again = make, over, again
        self._is_unwanted = False
        self._first = self.now = make(self._first_over)
        """``now``: the one that is open, or was last."""

    @property
    def chosen(self) -> Window:
        """The one that is told once the cell has ended."""
        return self.now if self.now.told.has_whole_steps else self._first

    def open(self) -> None:
        """The cell begins."""
        self.now.open()

    def close(self) -> None:
        """The cell has ended."""
        self.now.close()

    def stepped(self, optimizer: Any) -> None:
        """An optimizer has stepped."""
        if self.now is self._first and self._may_go_on():
            self.now = self._make(lambda: self._over(True))
            self._again()
            self.now.open_at_step()
        if not self.now.is_over:
            self.now.stepped(optimizer)

    def at_line(self) -> None:
        """A line of the user's begins, or a range of PyTorch's."""
        self.now.at_line()

    def at_root(self, root: Any) -> None:
        """The forward of a root begins."""
        self.now.at_root(root)

    def give_way(self) -> None:
        """The program starts a profiler of its own."""
        self.now.give_way()

    def end_soon(self) -> None:
        """Nobody wants more. For any thread."""
        self._is_unwanted = True
        self.now.end_soon()

    def progress(self) -> DeepProgress:
        """What goes on now."""
        return self.now.progress()

    def _first_over(self) -> None:
        self._over(not self._may_go_on())

    def _may_go_on(self) -> bool:
        first = self._first
        is_ended = self._is_unwanted or first.cut in ("error", "user_profiler")
        return first.is_over and not first.trains and not is_ended

"""Which steps of a cell are recorded.

A step ends where a line of the user's, or a root's forward, begins after an optimizer has stepped;
where nothing is trained, where the forward of a root begins. Of several in one step the first
counts. The first steps warm up and are not recorded: how many events they made says how many may
be. What makes no steps is recorded from its beginning on, piece by piece, until there are enough
events or it has taken long enough; of a loop that ends too early, the warming up is told. What
comes before a training is no part of it: see `windows`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from ...messages import DeepProgress
from .beat import Beat
from .collector import Busy, Collector, now_ns
from .kept import Kept
from .piece import Collected, Piece
from .plan import MOST_EVENTS, plan, share_of_a_step

WARM_UP = 3
"""Steps before those that are told. In the last of them the collector is at work already, since its
first events cost more."""
_MOST_OF_WARM_UP = 20_000
"""Events that are read while the program waits, for a loop that may end too early."""
_PIECE_NS = 250_000_000
_LONGEST_NS = 10_000_000_000

Cut = Literal["events", "time", "error", "user_profiler", "stopped"]


class Window:
    """Starts and stops the collector at safe points of one cell."""

    def __init__(
        self,
        collector: Collector,
        steps: int,
        *,
        is_safe: Callable[[], bool],
        learns: Callable[[], bool],
        over: Callable[[], None],
    ) -> None:
        """``steps`` are wanted; ``is_safe()``: whether the collector can be stopped here.

        ``learns()``: whether forwards have gradients, so that an optimizer may step after some.

        ``over`` is called once nothing more will be recorded.
        """
        self.told = Kept()
        """What is recorded."""
        self.steps_seen = 0
        self.cut: Cut | None = None
        self.is_over = False
        """Nothing more will be recorded."""
        self.trains = False
        """An optimizer has stepped."""
        self._collector = collector
        self._wanted, self._is_safe, self._learns, self._over = steps, is_safe, learns, over
        self._warm_up: Piece | None = None
        self._began_ns = self._first_ns = self._started_ns = self._most = 0
        self._boundaries, self._optimizers, self._roots = list[int](), Beat(), Beat()
        self._stepped = self._awaits_training = self._is_unwanted = False
        self._is_warm = self._is_telling = False

    def open(self) -> None:
        """The cell begins."""
        self._first_ns = now_ns()
        self._start()

    def open_at_step(self) -> None:
        """An optimizer steps for the first time: begin where that step ends."""
        self.trains = self._awaits_training = True

    def end_soon(self) -> None:
        """Nobody wants more. Called on any thread; the recording ends where it can."""
        self._is_unwanted = True

    def progress(self) -> DeepProgress:
        """What goes on now; may be asked on any thread."""
        if self.is_over:
            return DeepProgress(state="done")
        if self._is_telling:
            step = min(len(self._boundaries) + 1, self._wanted)
            return DeepProgress(state="recording", step=step, steps=self._wanted)
        running = self.steps_seen + 1 if self.steps_seen else None
        return DeepProgress(state="waiting", step=running, steps=self._wanted)

    def close(self) -> None:
        """The cell has ended."""
        if not self.is_over:
            self._stop(keep=True)
            self.is_over = True
            if self._warm_up is not None and not self.told.has_whole_steps:
                self.told.pieces.insert(0, self._warm_up)  # so few steps that all of it is told
        self._collector.stop()  # what another thread could not stop

    def stepped(self, optimizer: Any) -> None:
        """An optimizer has stepped."""
        if not self.trains:
            self.trains, self._is_warm, self._is_telling = True, False, False
            self.steps_seen = 0  # forwards before, as those of a first step, were no steps
            self._boundaries.clear()
        if self._optimizers.counts(optimizer):
            self._stepped = True

    def at_line(self) -> None:
        """A line of the user's begins, or a range of PyTorch's."""
        is_due = not self.steps_seen and now_ns() - self._began_ns > _PIECE_NS
        is_due = is_due or self._awaits_training or self._is_unwanted
        if self.is_over or not (self._stepped or is_due) or not self._is_safe():
            return
        if self._is_unwanted:
            self._end("stopped")
        elif self._awaits_training:
            self._begin_training()
        elif self._stepped:
            self._stepped = False
            self._boundary()
        else:
            self._next_piece()

    def at_root(self, root: Any) -> None:
        """The forward of a root begins."""
        if self.is_over or not self._is_safe():
            return
        if self._awaits_training or self._is_unwanted:
            self.at_line()
        elif self._stepped or (not self.trains and self._roots.counts(root)):
            self._stepped = False
            self._boundary()

    def give_way(self) -> None:
        """The program starts a profiler of its own, and gets what happens from then on.

        Where ours cannot be stopped, what it had collected is lost.
        """
        if not self._is_safe():
            if not self.is_over:
                self._finish("user_profiler")
            return
        if not self.is_over:
            self._end("user_profiler")
        self._collector.stop()

    def _boundary(self) -> None:
        """A step has ended, or, where nothing was trained yet, the first begins."""
        self.steps_seen += 1
        now = now_ns()
        if self._is_warm and not self._is_telling:
            self._is_telling, self._began_ns = True, now
        elif self._is_warm:
            self._boundaries.append(now)
            self._warm_up = None
            awaits = not self.trains and self._learns() and len(self._boundaries) < self._most
            if len(self._boundaries) >= self._wanted and not awaits:
                self._end(None)
            elif now - self._began_ns > _LONGEST_NS:
                self._end("time")
        elif self.steps_seen >= WARM_UP - 1:
            self._begin_steps(now)
        else:
            self._boundaries.append(now)

    def _begin_steps(self, now: int) -> None:
        """Enough has warmed up: throw away what was collected, and count what a step makes."""
        share = share_of_a_step(self._began_ns, self._boundaries, now)

        def is_wanted(count: int) -> bool:
            return count <= _MOST_OF_WARM_UP or count * share > MOST_EVENTS

        collected = self._collector.stop(is_wanted) or Collected()
        count = collected.count
        coming = plan(count, share, self._wanted)
        self.told.pieces.clear()
        if coming.is_none:
            self._keep(collected, now)
            self._finish("events")
            return
        self._most = coming.most
        if coming.steps < self._wanted:
            self._wanted, self.cut = coming.steps, "events"
        if count <= _MOST_OF_WARM_UP:
            self._warm_up = Piece(self._began_ns, now, collected, [*self._boundaries, now])
        self._is_warm = True
        self._start()

    def _begin_training(self) -> None:
        self._awaits_training = self._stepped = False
        self._first_ns = now_ns()
        self._start()
        self.steps_seen = 1
        self._boundaries.append(self._began_ns)

    def _next_piece(self) -> None:
        self._stop(keep=True)
        if self.told.events >= MOST_EVENTS:
            self._finish("events")
        elif now_ns() - self._first_ns > _LONGEST_NS:
            self._finish("time")
        else:
            self._start()

    def _end(self, cut: Cut | None) -> None:
        self._stop(keep=True)
        self._finish(cut)

    def _finish(self, cut: Cut | None) -> None:
        self.is_over = True
        self.cut = cut or self.cut
        self._over()

    def _start(self) -> None:
        self._boundaries = []
        try:
            self._collector.start()
        except Busy:
            self._finish("user_profiler")
        self._began_ns = self._started_ns = now_ns()

    def _stop(self, *, keep: bool) -> None:
        ended = now_ns()
        collected = self._collector.stop()
        if keep and collected is not None:
            self._keep(collected, ended)

    def _keep(self, collected: Collected, ended: int) -> None:
        if self._is_warm and self._boundaries:
            self.told.add_steps(collected, self._began_ns, self._boundaries[: self._wanted])
            return
        # Where no step has ended since, that which warmed up is told, too.
        began = self._started_ns if self._is_telling else self._began_ns
        self.told.add(collected, began, ended, self._boundaries)

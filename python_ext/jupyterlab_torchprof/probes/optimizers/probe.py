"""Observes the steps of all optimizers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, ClassVar

from ... import clocks
from ...health import Health
from ...patches import Patches
from ...record import CellRecord
from ..base import CellRun, Probe
from ..hooks.cost import call_cost_s
from ..hooks.pace import Pace
from ..hooks.step_hooks import StepHooks, are_noticed
from ..objects.survey import survey
from ..places.makings import Makings
from ..torch_import import imported_torch
from .describing import Descriptions
from .gradients import Gradients
from .stepping import Stepping
from .steps import EACH, Steps

_HOOKS = 2
"""Called in each step."""
_MOST_ALARMS = 50
"""Norms that are not finite after which all optimizers are looked at in one run."""
_DESCRIBED_AT = 2
"""The step at which an optimizer of a function is described: it has its state by then."""


class OptimizersProbe(Probe):
    """Writes ``optimizers``, and ``untaken`` of ``grad``."""

    name: ClassVar[str] = "optimizers"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health) -> None:
        """Failures are reported to ``health``."""
        super().__init__(health)
        self._run: CellRun | None = None
        self._pace: Pace | None = None
        self._due = 0.0
        """When a step is to be noticed that is not looked at."""
        self._timed: dict[int, tuple[Steps, float]] = {}
        """By the optimizer's id: a step that is timed, and when it began."""
        self._stepped: Callable[[], None] = lambda: None
        self._glanced: Callable[[float], float] = lambda _now: float("inf")
        self._stepping = Stepping()
        self._hooks = StepHooks()
        self._makings = Makings(self.name, health, listed=True)
        self._descriptions = Descriptions(self._makings)
        self.gradients = Gradients(self._makings.so_far)
        self._alarms = 0
        self._alarm: tuple[int | None] | None = None
        """Where the program was told that gradients are not finite, until the next step."""

    def attach(self, patches: Patches) -> None:
        """Hook in around every step."""
        torch = imported_torch()
        assert torch is not None
        is_compiling = torch.compiler.is_compiling
        clock = clocks.perf_counter

        timed = self._timed

        # All that a loop pays for in each step is in these two functions. Each call of a function
        # counts: what it needs has left the processor's caches since the last step.
        def before_step(optimizer: Any, args: Any, kwargs: Any) -> None:
            if is_compiling() or self._run is None:
                return
            entry = self._stepping.alive.get(id(optimizer))
            if entry is None:
                entry = self._stepping.meet(optimizer)
            entry.steps += 1
            if entry.steps >= entry.due:
                self._look(optimizer, entry, has_closure=_has_closure(args, kwargs))
                timed[id(optimizer)] = entry, clock()
            else:
                now = clock()
                if now > self._due:
                    self._glance(entry, now)

        def after_step(optimizer: Any, args: Any, kwargs: Any) -> None:
            if timed:
                entry, began = timed.pop(id(optimizer), (None, 0.0))
                if entry is not None:
                    entry.timed_s += clock() - began
                    entry.timed += 1
                    if entry.has_closure:
                        self._look_after(optimizer, entry)

        self._hooks.attach(before=before_step, after=after_step)
        self._makings.attach(patches, torch.optim.Optimizer)

    def detach(self) -> None:
        """Take the hooks away."""
        self._hooks.detach()

    def begin(self, run: CellRun) -> None:
        """Count from zero."""
        self._stepping = Stepping()
        self._timed.clear()
        self._alarms, self._alarm = 0, None
        self._pace, self._due = Pace(run), 0.0
        self.gradients.begin()
        self._makings.begin(run)
        self._run = run

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Describe the optimizers that stepped, and those that variables hold."""
        stepping, self._stepping = self._stepping, Stepping()
        self._run = self._pace = None
        run.overhead_s += stepping.total() * _HOOKS * call_cost_s()
        new = self._makings.end()
        torch, found = imported_torch(), survey(run)
        if torch is None or found is None:
            return
        stepped = [one.optimizer() for one in stepping.every()]
        variables = [ref() for ref in found.optimizers.values()]
        listed = [thing for thing in (*stepped, *variables, *new) if thing is not None]
        untaken = self.gradients.end(listed, stepping, found.modules)
        if record.grad is not None:
            record.grad.untaken = untaken
        record.optimizers = self._descriptions.of_run(run, torch, found, stepping, listed)

    def on_step(self, tell: Callable[[], None], glance: Callable[[float], float]) -> None:
        """Call ``tell`` in the steps that are looked at: at first all, then one now and then.

        And ``glance``, which must cost little, in those between: it is given the time, and says
        when to call it again, of `clocks.perf_counter`.
        """
        self._stepped, self._glanced = tell, glance

    def pace(self) -> tuple[int, Pace | None]:
        """The steps of all optimizers in this run so far, and where they came from."""
        return self._stepping.total(), self._pace

    def steps_of(self, optimizer: Any) -> int | None:
        """Its steps so far in this run; ``None`` if some of them might go unnoticed."""
        if not are_noticed(optimizer):
            return None
        entry = self._stepping.alive.get(id(optimizer))
        return 0 if entry is None else entry.steps

    def skipped(self, optimizer: Any, place: int | None) -> None:
        """A gradient scaler has left out a step, since gradients were not finite."""
        run = self._run
        if run is None:
            return
        entry = self._stepping.meet(optimizer)
        entry.skipped += 1
        entry.place, self._alarm = place, None
        entry.note_not_finite(place)
        if entry.lived is None and entry.skipped == 1 and run.places.is_below_a_call(place):
            self._descriptions.in_function(run, place, optimizer, entry, None)

    def not_finite(self, place: int | None) -> None:
        """The program was told that gradients are not finite; whose, the next step tells."""
        self._alarms += 1
        if self._alarms <= _MOST_ALARMS:
            self._alarm = (place,)
            for entry in list(self._stepping.alive.values()):
                entry.due = 0

    def _look(self, optimizer: Any, entry: Steps, *, has_closure: bool) -> None:
        began = clocks.perf_counter()
        try:
            run, pace = self._run, self._pace
            if run is None or pace is None:
                return
            entry.due = entry.steps + EACH
            self._look_around(pace, entry, began)
            began = clocks.perf_counter()  # what is above has been added to the overhead
            if self._alarm is not None:
                entry.note_not_finite(self._alarm[0])
                self._alarm = None
            entry.has_closure = has_closure
            self.gradients.look(run, optimizer, entry, self._stepping)
            place = pace.last_place
            if entry.steps == _DESCRIBED_AT and run.places.is_below_a_call(place):
                frame = sys._getframe(1)
                self._descriptions.in_function(run, place, optimizer, entry, frame)
            ended = clocks.perf_counter()
            run.overhead_s += ended - began
            entry.wait(ended, ended - began)
        except Exception as error:
            self.health.failed(self.name, error)

    def _glance(self, entry: Steps, now: float) -> None:
        """A step is not looked at, but it may be time to see where the program is."""
        try:
            pace = self._pace
            if pace is None:
                return
            if now > pace.due:
                self._look_around(pace, entry, now)
            else:
                self._due = min(pace.due, self._glanced(now))
        except Exception as error:
            self.health.failed(self.name, error)

    def _look_around(self, pace: Pace, entry: Steps, began: float) -> None:
        pace.look(began)
        began = clocks.perf_counter()
        entry.place = pace.last_place
        self._stepped()
        pace.took(began)
        self._due = min(pace.due, self._glanced(clocks.perf_counter()))

    def _look_after(self, optimizer: Any, entry: Steps) -> None:
        began = clocks.perf_counter()
        try:
            run = self._run
            if run is not None:
                self.gradients.look_after(optimizer, entry)
                run.overhead_s += clocks.perf_counter() - began
        except Exception as error:
            self.health.failed(self.name, error)


def _has_closure(args: Any, kwargs: Any) -> bool:
    """Whether a step gets something to call; wrappers, as accelerate's, pass on ``None``."""
    given = (*args[1:], *kwargs.values())
    return any(each is not None for each in given)

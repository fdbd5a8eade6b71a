"""Observes optimizers: their steps, options and state, and whose parameters they have."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping
from types import FrameType
from typing import Any, ClassVar

from .. import clocks
from ..health import Health
from ..patches import Patches
from ..record import CellRecord, Optimizer, UntakenGradients
from .base import CellRun, Probe
from .hooks.cost import call_cost_s
from .hooks.pace import Pace
from .hooks.step_hooks import StepHooks, are_noticed
from .loops.alike import grouped
from .loops.optimizer_steps import EACH, FIRST, Steps, with_gradients, with_steps
from .loops.owners import Owners
from .loops.takers import KnownOptimizers
from .loops.untaken import FIRST_LOOK, SECOND_LOOK, GradientTakers
from .objects.kinds import Kind, class_name
from .objects.optimizer_facts import (
    Described,
    described,
    first_rate,
    groups_of,
    without_wrappers,
)
from .objects.optimizer_parts import OptimizerParts
from .objects.reached import paths_to
from .objects.survey import survey
from .objects.tensors import Tensors
from .objects.weak_ids import WeakIds
from .places.expressions import owner_called_in
from .places.makings import Makings
from .torch_import import imported_torch

_MAX_OPTIMIZERS = 20
_MOST_DESCRIBED = 200
"""Before those that are alike become one."""
_MOST_ALARMS = 50
"""Norms that are not finite after which all optimizers are looked at in one run."""
_DESCRIBED_AT = 2
"""The step at which an optimizer of a function is described: it has its state by then."""


class OptimizersProbe(Probe):
    """Writes ``optimizers``."""

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
        self._steps: dict[int, Steps] = {}
        """By the optimizer's id, while it lives."""
        self._ended: list[Steps] = []
        """Of those that are gone: another one may have the id by now."""
        self._ended_unlisted = 0
        """Steps of those that are not listed."""
        self._hooks = StepHooks()
        self._known: WeakIds[Described] = WeakIds()
        self._owners = Owners()
        self._makings = Makings(self.name, health, listed=True)
        self._of_session = KnownOptimizers()
        self._takers = GradientTakers()
        self.clearings: Callable[[], int] = lambda: 0
        """Calls of ``zero_grad`` so far in this run, of any optimizer or module."""
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
            entry = self._steps.get(id(optimizer))
            if entry is None:
                entry = self._meet(optimizer)
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
        self._steps, self._ended, self._ended_unlisted = {}, [], 0
        self._timed.clear()
        self._alarms, self._alarm = 0, None
        self._pace, self._due = Pace(run), 0.0
        self._takers = GradientTakers()
        self._makings.begin(run)
        self._run = run

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Describe the optimizers that stepped, and those that variables hold."""
        steps, self._steps, self._run, self._pace = self._steps, {}, None, None
        every = [*steps.values(), *self._ended]
        run.overhead_s += sum(one.steps for one in every) * call_cost_s()
        new = self._makings.end()
        torch, found = imported_torch(), survey(run)
        if torch is None or found is None:
            return
        variables = [ref() for ref in found.optimizers.values()]
        stepped = [one.optimizer() for one in every]
        listed = [thing for thing in (*stepped, *variables, *new) if thing is not None]
        self._of_session.prune()
        self._of_session.add(listed)
        if record.grad is not None:
            record.grad.untaken = self._untaken(every, found.modules)
        unique = list({id(thing): thing for thing in listed}.values())[:_MOST_DESCRIBED]
        names = {id(ref()): name for name, ref in reversed(found.optimizers.items())}
        unnamed = [thing for thing in unique if id(thing) not in names]
        names.update(paths_to(unnamed, run.namespace, torch))
        unique = without_wrappers(OptimizerParts(torch), unique, names, steps)
        unique = [thing for thing in unique if id(thing) in names or id(thing) in steps]
        gone = [one for one in every if one.lived is not None and one.optimizer() is None]
        gone = gone[:_MOST_DESCRIBED]
        owners = self._owners.refresh(
            found.modules, torch, unique, [one.lived_parameters for one in gone]
        )
        for optimizer in unique:
            one = steps.get(id(optimizer))
            entry = self._describe(torch, optimizer, one, names.get(id(optimizer)))
            if entry.variable is None and one is not None and one.lived is not None:
                entry.name, entry.local_module = one.lived.name, one.lived.local_module
                entry.shared_parameters = entry.shared_parameters or one.lived.shared_parameters
            if one is not None:
                one.gradients.settle(Tensors(torch), OptimizerParts(torch), optimizer)
                entry = with_gradients(entry, one, found.modules)
            record.optimizers.append(entry)
        for one, owner in zip(gone, owners, strict=True):
            assert one.lived is not None
            lived = with_gradients(with_steps(one.lived, one), one, found.modules)
            if owner.module is not None:
                lived.module, lived.shared_parameters = owner.module, owner.shared
            record.optimizers.append(lived)
        record.optimizers = grouped(record.optimizers)[:_MAX_OPTIMIZERS]

    def _taken(self, steps: Iterable[Steps]) -> set[int]:
        """Ids of the parameters that some optimizer has, or had while it lived in this run."""
        parts = OptimizerParts(imported_torch())
        gone = (ref for one in steps for ref in one.lived_parameters)
        return self._of_session.parameters(parts, gone)

    def _untaken(
        self, steps: Collection[Steps], modules: Mapping[str, weakref.ref[Any]]
    ) -> list[UntakenGradients]:
        """Nothing where an optimizer is gone of which it is not known what it had."""
        if self._ended_unlisted or any(
            one.optimizer() is None and one.lived is None for one in steps
        ):
            return []
        torch = imported_torch()
        assert torch is not None
        return self._takers.settle(Tensors(torch), modules, lambda: self._taken(steps))

    def on_step(self, tell: Callable[[], None], glance: Callable[[float], float]) -> None:
        """Call ``tell`` in the steps that are looked at: at first all, then one now and then.

        And ``glance``, which must cost little, in those between: it is given the time, and says
        when to call it again, of `clocks.perf_counter`.
        """
        self._stepped, self._glanced = tell, glance

    def pace(self) -> tuple[int, Pace | None]:
        """The steps of all optimizers in this run so far, and where they came from."""
        every = (*self._steps.values(), *self._ended)
        return sum(one.steps for one in every) + self._ended_unlisted, self._pace

    def steps_of(self, optimizer: Any) -> int | None:
        """Its steps so far in this run; ``None`` if some of them might go unnoticed."""
        if not are_noticed(optimizer):
            return None
        entry = self._steps.get(id(optimizer))
        return 0 if entry is None else entry.steps

    def skipped(self, optimizer: Any, place: int | None) -> None:
        """A gradient scaler has left out a step, since gradients were not finite."""
        run = self._run
        if run is None:
            return
        entry = self._steps.get(id(optimizer))
        if entry is None:
            entry = self._meet(optimizer)
        entry.skipped += 1
        entry.place, self._alarm = place, None
        self._note_not_finite(entry, place)
        if entry.lived is None and entry.skipped == 1 and run.places.is_below_a_call(place):
            self._describe_in_function(run, place, optimizer, entry, None)

    def not_finite(self, place: int | None) -> None:
        """The program was told that gradients are not finite; whose, the next step tells."""
        self._alarms += 1
        if self._alarms <= _MOST_ALARMS:
            self._alarm = (place,)
            for entry in list(self._steps.values()):
                entry.due = 0

    def before_clipping(self) -> Any:
        """Gradients are about to be clipped; for `after_clipping`."""
        awaited = self._takers.awaited()
        torch = imported_torch() if awaited else None
        if torch is None:
            return None
        read = Tensors(torch)
        with read.quiet():
            return self._takers.clipping.before(read, awaited)

    def after_clipping(self, before: Any) -> None:
        """They have been."""
        torch = imported_torch() if before else None
        if torch is not None:
            read = Tensors(torch)
            with read.quiet():
                self._takers.clipping.after(read, before)

    def _note_not_finite(self, entry: Steps, place: int | None) -> None:
        if entry.not_finite_step is None:
            entry.not_finite_step = entry.steps + entry.skipped
            entry.not_finite_place = place

    def _meet(self, optimizer: Any) -> Steps:
        key, steps = id(optimizer), self._steps

        def gone(reference: weakref.ref[Any]) -> None:
            known = steps.get(key)
            if known is not None and known.optimizer is reference:
                del steps[key]
                if steps is self._steps:
                    self._note_end(known)

        entry = steps[key] = Steps(weakref.ref(optimizer, gone))
        return entry

    def _note_end(self, entry: Steps) -> None:
        if len(self._ended) < _MOST_DESCRIBED:
            self._ended.append(entry)
        else:
            self._ended_unlisted += entry.steps

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
                self._note_not_finite(entry, self._alarm[0])
                self._alarm = None
            entry.has_closure = has_closure
            self._look_at_gradients(optimizer, entry)
            if entry.steps == _DESCRIBED_AT and run.places.is_below_a_call(pace.last_place):
                frame = sys._getframe(1)
                self._describe_in_function(run, pace.last_place, optimizer, entry, frame)
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
        entry.place = pace.last_place
        self._stepped()
        self._due = min(pace.due, self._glanced(clocks.perf_counter()))

    def _describe_in_function(
        self,
        run: CellRun,
        place: int | None,
        optimizer: Any,
        entry: Steps,
        frame: FrameType | None,
    ) -> None:
        """What it is, how the function calls it, and whose parameters it has there.

        ``frame``: one that leads to the call of its step; ``None`` where another method was called.
        """
        torch = imported_torch()
        assert torch is not None
        entry.lived = lived = self._describe(torch, optimizer, None, None)
        at = None if frame is None else run.places.frame_of(place, frame)
        lived.name = None if at is None else owner_called_in(at, "step")
        parameters = list(OptimizerParts(torch).parameters(optimizer))
        read = Tensors(torch)
        entry.lived_parameters = [
            weakref.ref(one) for one in parameters if read.kind(one) is Kind.TENSOR
        ]
        if run.local_modules is not None:
            owner = run.local_modules.owner([id(one) for one in parameters])
            lived.local_module, lived.shared_parameters = owner

    def _look_after(self, optimizer: Any, entry: Steps) -> None:
        """A closure has cleared and made gradients within the step, and the step has used them."""
        began = clocks.perf_counter()
        try:
            run, torch = self._run, imported_torch()
            if run is None or torch is None:
                return
            read = Tensors(torch)
            with read.quiet():
                entry.gradients.look(read, OptimizerParts(torch).parameters(optimizer))
            run.overhead_s += clocks.perf_counter() - began
        except Exception as error:
            self.health.failed(self.name, error)

    def _look_at_gradients(self, optimizer: Any, entry: Steps) -> None:
        torch = imported_torch()
        assert torch is not None
        read, parts = Tensors(torch), OptimizerParts(torch)
        if entry.steps == 1:
            entry.first_lr = first_rate(parts, optimizer)
        with read.quiet():
            self._compare_gradients(read, parts, optimizer, entry)
            if not entry.has_closure:
                entry.gradients.look(read, parts.parameters(optimizer))
            self._look_for_takers(read, parts, optimizer, entry)

    def _look_for_takers(
        self, read: Tensors, parts: OptimizerParts, optimizer: Any, entry: Steps
    ) -> None:
        run, torch = self._run, imported_torch()
        if entry.steps == 1:
            self._takers.taken_by(parts.parameters(optimizer))
        if entry.steps not in (FIRST_LOOK, SECOND_LOOK) or run is None:
            return
        if run.local_modules is None or torch is None:
            return
        optimizers = [one.optimizer() for one in list(self._steps.values())]
        self._of_session.add(one for one in optimizers if one is not None)
        self._of_session.add(self._makings.so_far())
        self._takers.look(
            read,
            optimizer,
            entry.steps,
            list(run.local_modules.alive()),
            taken=lambda: self._taken([*self._steps.values(), *self._ended]),
            place=entry.place,
        )

    def _compare_gradients(
        self, read: Tensors, parts: OptimizerParts, optimizer: Any, entry: Steps
    ) -> None:
        """Whether the gradient is the very tensor of the step before, and nobody cleared it."""
        parameter = None if entry.parameter is None else entry.parameter()
        if parameter is None or read.gradient(parameter) is None:
            tensors = (one for one in parts.parameters(optimizer) if read.kind(one) is Kind.TENSOR)
            parameter = next((one for one in tensors if read.gradient(one) is not None), None)
            entry.parameter = None if parameter is None else weakref.ref(parameter)
        if parameter is None:
            entry.gradient = None
            return
        gradient = read.gradient(parameter)
        same = entry.gradient is not None and entry.gradient() is gradient
        clearings = self.clearings()
        # Only neighbouring steps can be compared; later ones are looked at now and then.
        if same and entry.clearings == clearings and entry.steps <= FIRST:
            entry.kept += 1
        entry.gradient, entry.clearings = weakref.ref(gradient), clearings

    def _describe(
        self, torch: Any, optimizer: Any, one: Steps | None, variable: str | None
    ) -> Optimizer:
        entry = self._describe_itself(torch, optimizer, one, variable)
        return entry if one is None else with_steps(entry, one)

    def _describe_itself(
        self, torch: Any, optimizer: Any, one: Steps | None, variable: str | None
    ) -> Optimizer:
        known = self._known.get(optimizer)
        parts = OptimizerParts(torch)
        count = sum(1 for _parameter in parts.parameters(optimizer))
        if known is None or one is not None or known.parameters != count:
            known = described(torch, parts, optimizer)
            self._known.set(optimizer, known)
        owner = self._owners.of(optimizer)
        return Optimizer(
            variable=variable,
            class_name=class_name(optimizer),
            steps=0,
            groups=groups_of(parts.groups(optimizer)),
            parameter_bytes=known.parameter_bytes,
            devices=known.devices,
            state_bytes=known.state_bytes,
            module=owner.module,
            shared_parameters=owner.shared,
            lost=owner.lost,
            lost_module=owner.lost_module,
            made=self._makings.of(optimizer),
        )


def _has_closure(args: Any, kwargs: Any) -> bool:
    """Whether a step gets something to call; wrappers, as accelerate's, pass on ``None``."""
    given = (*args[1:], *kwargs.values())
    return any(each is not None for each in given)

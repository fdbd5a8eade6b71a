"""Observes what autograd was told and what it did during a cell."""

from __future__ import annotations

from itertools import islice
from typing import Any, ClassVar

from ..derive import memory_delta
from ..health import Health
from ..patches import Patches
from ..record import CellRecord, GradState
from .base import CellRun, Probe
from .data_loading import DataLoadingProbe
from .graphs.fates import GraphFates
from .graphs.forward_graph import WatchedGraph
from .graphs.hooked_nodes import HookedNodes
from .graphs.retained import RetainedGraphs, longer_bounds
from .graphs.saved_tensors import hides_hooks
from .hooks.backwards import Backwards
from .hooks.compiling import CompileWatch
from .hooks.cost import call_cost_s
from .hooks.forwards import ForwardWatch, autocast_now
from .hooks.root_calls import RootCalls
from .objects.local_modules import LocalModules
from .objects.survey import survey
from .objects.tensors import Tensors
from .optimizers.probe import OptimizersProbe
from .torch_import import imported_torch

_MOST_ROOTS = 50
"""Root modules of the namespace whose classes are looked at."""


class AutogradProbe(Probe):
    """Writes ``grad``."""

    name: ClassVar[str] = "autograd"
    needs_torch: ClassVar[bool] = True

    def __init__(
        self, health: Health, optimizers: OptimizersProbe, loading: DataLoadingProbe
    ) -> None:
        """``optimizers`` tells of their steps, ``loading`` when batches are made."""
        super().__init__(health)
        self._torch: Any = None
        self._run: CellRun | None = None
        self._hooked: HookedNodes | None = None
        self._before = GradState()
        self._retained = RetainedGraphs()
        self._fates = GraphFates()
        self._backwards = Backwards(health, self._fates)
        self._forwards = ForwardWatch(self._follow)
        self._roots = RootCalls(health, self._forwards)
        self._optimizers = optimizers
        optimizers.on_step(self._stepped, self._roots.glance)
        # Transforms of batches would use up the watch over forwards.
        loading.on_batch(self._roots.pause, self._roots.resume_and_look)
        self._compiling = CompileWatch(self._roots.pause, self._roots.compiled)

    def attach(self, patches: Patches) -> None:
        """Hook in; if a cell is running, it is watched from here on."""
        torch = self._torch = imported_torch()
        assert torch is not None
        self._hooked = HookedNodes.of(torch) if hides_hooks(torch) else None
        if self._hooked is not None:
            self._hooked.attach(patches)
        self._fates.attach(torch)
        self._forwards.attach(torch)
        self._backwards.attach(patches, torch)
        self._roots.attach(torch)
        self._compiling.attach(patches, torch)
        if self._run is not None:
            self._start(self._run)

    def detach(self) -> None:
        """Take the hooks away."""
        if self._hooked is not None:
            self._hooked.detach()
        self._roots.stop()
        self._compiling.detach()

    def begin(self, run: CellRun) -> None:
        """Count from zero."""
        self._run = run
        if self._torch is not None:
            self._start(run)

    def _start(self, run: CellRun) -> None:
        torch = self._torch
        self._before = GradState(
            grad_before=torch.is_grad_enabled(),
            inference_before=torch.is_inference_mode_enabled(),
        )
        run.local_modules = LocalModules(run.namespace, run.places, torch, self.health)
        run.steppers.append(run.local_modules.stepped)
        self._fates.begin()
        self._forwards.begin(run)
        self._backwards.begin(run)
        self._compiling.listen()
        self._roots.start()
        run.ticks.append(self._roots.look_again)
        run.watch_forward = self._roots.watch_one

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Write what was seen, and measure the graphs that are still held."""
        self._run = None
        if self._torch is None:
            return
        self._roots.stop()
        self._fates.end()
        torch, state = self._torch, self._before
        state.forwards, state.forward_graphs = self._forwards.end()
        state.forwards_complete = self._roots.complete
        state.backwards, pace = self._backwards.end()
        run.overhead_s += self._roots.spent_s + state.backwards * call_cost_s()
        if pace is not None:
            state.last_backward_place, state.backward_places = pace.last_place, pace.visits()
        state.timed_backwards, state.timed_backwards_s = (
            self._backwards.timed,
            self._backwards.timed_s,
        )
        kinds = self._backwards.kinds()
        state.retaining_backwards, state.retaining_place = kinds.retaining, kinds.retaining_place
        state.retaining_bytes = kinds.retained.saved_bytes
        state.retaining_device = kinds.retained.device
        state.retained_reused = kinds.reused
        state.double_softmax_place = kinds.double_softmax_place
        state.optimizer_steps, pace = self._optimizers.pace()
        if pace is not None:
            state.last_step_place, state.step_places = pace.last_place, pace.visits()
        state.grad_after = torch.is_grad_enabled()
        state.inference_after = torch.is_inference_mode_enabled()
        state.autocast = {**self._forwards.autocast, **autocast_now(torch)}
        record.grad = state
        found = survey(run)
        if found is not None:
            modules = (module() for module in islice(found.modules.values(), _MOST_ROOTS))
            self._roots.learn(type(module) for module in modules if module is not None)
        self._measure_retained(run, state, record)

    def _measure_retained(self, run: CellRun, state: GradState, record: CellRecord) -> None:
        found = survey(run)
        if found is None or self._backwards.is_running():
            # A backward of another thread is just freeing what we would read.
            state.retained_complete = False
            return
        tensors, generation = Tensors(self._torch), self._backwards.generation
        find = self._retained.find
        try:
            state.retained, state.retained_complete = find(tensors, found, generation)
            if not self._retained.has_news:
                return
            longer = longer_bounds(
                state.retained,
                record.duration_s,
                _growth(record),
                trained=state.backwards > 0,
            )
            if longer is not None:
                state.retained, state.retained_complete = find(tensors, found, generation, longer)
        finally:
            self._retained.rest()

    def _follow(self, graph: WatchedGraph) -> None:
        """A forward's graph was measured: see what the backwards do to it."""
        self._fates.follow(graph)
        self._backwards.wake()

    def _stepped(self) -> None:
        """An optimizer is about to step, and it is time to look."""
        self._roots.look_again()
        run = self._run
        if run is not None:
            for stepper in run.steppers:
                stepper()


def _growth(record: CellRecord) -> int:
    """Bytes by which memory grew in the cell, of the host and the devices that did."""
    return sum(max(0, memory_delta(one)) for one in record.memory)

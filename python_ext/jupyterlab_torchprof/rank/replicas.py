"""What DistributedDataParallel has logged of itself: where the time of its steps went.

It times its first ten iterations and then one in a hundred. Source:
``torch/csrc/distributed/c10d/logger.cpp``; times are in nanoseconds.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator
from typing import Any, ClassVar

from .. import clocks
from ..health import Health
from ..patches import Patches
from ..probes.base import CellRun, Probe
from ..probes.objects.kinds import class_name, home_of
from ..probes.places.makings import Makings
from ..record import CellRecord, Replica

_HOME = "torch.nn.parallel.distributed"
_MOST = 8
_PERIOD_S = 1.0
_FIRST = 11
"""The step before which all of the first iterations have been timed."""


class Replicas(Probe):
    """Asks the wrappers that the run makes, as steps go by; they may be gone at its end.

    Asked before a step of an optimizer, on its thread: no backward of that wrapper is under way
    then, of which it would wait for the lock. One whose forward is never called is among them, if
    the run has made it; of those that an earlier run has made, the ones that are called, which they
    log once in a hundred iterations.
    """

    name: ClassVar[str] = "replicas"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health, *, again: bool = False) -> None:
        """Failures are reported to ``health``; ``again``: another run may follow."""
        super().__init__(health)
        self._makings = Makings(self.name, health, listed=True)
        self._again = again
        self._run: CellRun | None = None
        self._steps = 0
        self._asked_s = 0.0
        self._found: dict[int, Replica] = {}
        self._earlier: list[tuple[weakref.ref[Any], int]] = []
        """Made in earlier runs, with their iterations at the end of the last one."""

    def attach(self, patches: Patches) -> None:
        """Note each wrapper that is made."""
        self._makings.attach(patches, sys.modules[_HOME].DistributedDataParallel)

    def begin(self, run: CellRun) -> None:
        """Nothing was asked."""
        self._run, self._steps, self._asked_s, self._found = run, 0, 0.0, {}
        self._makings.begin(run)
        run.steppers.append(self._stepped)

    def end(self, run: CellRun, record: CellRecord) -> None:
        """What was `found` stays."""
        self._run = None
        made = [weakref.ref(module) for module in self._makings.end()]
        if not self._again:
            return
        modules = [*(reference for reference, _calls in self._earlier), *made][-_MOST:]
        self._earlier = [
            (reference, _calls_of(module))
            for reference in modules
            if (module := reference()) is not None
        ]

    def _stepped(self) -> None:
        """An optimizer is about to step, and it is time to look."""
        self._steps += 1
        now = clocks.perf_counter()
        if self._steps < _FIRST or now - self._asked_s < _PERIOD_S:
            return
        self._asked_s = now
        with self.health.guard(self.name):
            for path, module in self._alive():
                if id(module) in self._found or len(self._found) < _MOST:
                    self._found[id(module)] = _described(path, module)

    def found(self) -> list[Replica]:
        """As they were when they were asked last."""
        return list(self._found.values())

    def _alive(self) -> Iterator[tuple[str | None, Any]]:
        """The wrappers that are there, with how the code writes one that it calls."""
        modules = None if self._run is None else self._run.local_modules
        called = {} if modules is None else {id(one.module): one.path for one in modules.alive()}
        for module in (*self._called_again(), *self._makings.so_far()):
            if class_name(module) == "DistributedDataParallel" and home_of(type(module)) == _HOME:
                yield called.get(id(module)), module

    def _called_again(self) -> Iterator[Any]:
        """Those that earlier runs have made."""
        for reference, calls in self._earlier:
            module = reference()
            if module is not None and _calls_of(module) > calls:
                yield module


def _calls_of(module: Any) -> int:
    return int(type(module)._get_ddp_logging_data(module).get("iteration", 0))


def _described(path: str | None, module: Any) -> Replica:
    data: dict[str, Any] = type(module)._get_ddp_logging_data(module)
    return Replica(
        path=path,
        parameter_bytes=int(data.get("total_parameter_size_bytes", 0)),
        iterations=int(data.get("iteration", 0)),
        forward_s=_seconds(data, "avg_forward_compute_time"),
        backward_s=_seconds(data, "avg_backward_compute_time"),
        communication_s=_seconds(data, "avg_backward_comm_time"),
        overlap_s=_seconds(data, "avg_backward_compute_comm_overlap_time"),
        finds_unused=bool(data.get("find_unused_parameters", 0)),
        unused_bytes=int(data.get("unused_parameter_size", 0)),
        bucket_view=bool(data.get("gradient_as_bucket_view", 0)),
        static_graph=bool(data.get("static_graph", 0)),
        world_size=data.get("world_size"),
    )


def _seconds(data: dict[str, Any], name: str) -> float | None:
    value = data.get(name)
    return value / 1e9 if isinstance(value, int) and value > 0 else None

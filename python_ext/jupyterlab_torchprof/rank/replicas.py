"""What DistributedDataParallel has logged of itself: where the time of its steps went.

It times its first ten iterations and then one in a hundred. Source:
``torch/csrc/distributed/c10d/logger.cpp``; times are in nanoseconds.
"""

from __future__ import annotations

from typing import Any

from .. import clocks
from ..probes.base import CellRun
from ..probes.objects.kinds import class_name, home_of
from ..record import Replica

_MOST = 8
_PERIOD_S = 1.0
_FIRST = 11
"""The step before which all of the first iterations have been timed."""


class Replicas:
    """Asks the wrappers that the run calls, as steps go by; they may be gone at its end.

    Asked before a step of an optimizer, on its thread: no backward of that wrapper is under way
    then, of which it would wait for the lock.
    """

    def __init__(self, run: CellRun) -> None:
        """Nothing was asked."""
        self._run = run
        self._steps = 0
        self._asked_s = 0.0
        self._found: dict[int, Replica] = {}

    def stepped(self) -> None:
        """An optimizer is about to step, and it is time to look."""
        self._steps += 1
        now = clocks.perf_counter()
        if self._steps < _FIRST or now - self._asked_s < _PERIOD_S:
            return
        self._asked_s = now
        modules = self._run.local_modules
        for called in () if modules is None else modules.alive():
            module = called.module
            if _is_replica(module) and len(self._found) < _MOST:
                self._found[id(module)] = _described(called.path, module)

    def found(self) -> list[Replica]:
        """As they were when they were asked last."""
        return list(self._found.values())


def _is_replica(module: Any) -> bool:
    is_named_so = class_name(module) == "DistributedDataParallel"
    return is_named_so and home_of(type(module)) == "torch.nn.parallel.distributed"


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
    )


def _seconds(data: dict[str, Any], name: str) -> float | None:
    value = data.get(name)
    return value / 1e9 if isinstance(value, int) and value > 0 else None

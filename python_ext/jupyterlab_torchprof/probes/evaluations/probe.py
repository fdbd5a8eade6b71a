"""Observes what a library's evaluation gathers on the accelerator.

transformers' `Trainer` puts the outputs of each batch into containers of its own, and empties them
into the host's memory when the evaluation has ended, or each so many batches. So it is enough to
look at a container right before it is emptied. Where the evaluation fails, the error has its
frames, so the containers are still there when it arrives here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType, FunctionType
from typing import Any, ClassVar

from ... import clocks
from ...health import Health
from ...patches import Patches
from ...record import CellRecord, Evaluation
from ..base import CellRun, Probe
from ..devices import Devices
from ..hooks.wrapping import forget_frame, stands_for
from ..objects.kinds import attributes_of, namespace_reader
from ..objects.tensors import Tensors
from ..torch_import import imported_torch
from .gathering import Gathering

_TRAINER = "transformers.trainer"
_CONTAINERS = "transformers.trainer_pt_utils"
_MOST = 50
"""Places and devices."""
_namespace = namespace_reader(type(sys))

_Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


class EvaluationsProbe(Probe):
    """Writes ``evaluations``, once the program has started an accelerator."""

    name: ClassVar[str] = "evaluations"
    needs_torch: ClassVar[bool] = True
    modules: ClassVar[frozenset[str]] = frozenset({_TRAINER, _CONTAINERS})

    def __init__(self, health: Health, devices: Devices) -> None:
        """``devices``: on the CPU nothing has to be taken to the host."""
        super().__init__(health)
        self._devices = devices
        self._run: CellRun | None = None
        self._gathering: Gathering | None = None
        """Of the evaluation that goes on, the innermost."""
        self._found: dict[tuple[int | None, str], Evaluation] = {}

    def imported(self, name: str, patches: Patches) -> None:
        """Wrap the evaluation, or its containers, where the library has them as expected."""
        if name == _TRAINER:
            _wrap_method(patches, name, "Trainer", "evaluation_loop", self._wrap_evaluation)
        else:
            container = "EvalLoopContainer"
            _wrap_method(patches, name, container, "add", self._wrap_add)
            _wrap_method(patches, name, container, "to_cpu_and_numpy", self._wrap_take)

    def begin(self, run: CellRun) -> None:
        """Nothing has been gathered."""
        self._found, self._gathering = {}, None
        self._run = run

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Write what was gathered."""
        record.evaluations = list(self._found.values())
        self._found, self._gathering, self._run = {}, None, None

    def _wrap_evaluation(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def evaluation_loop(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            around = self._gathering
            try:
                begun = self._begun(args, sys._getframe(1))
                if begun is None:
                    return original(*args, **kwargs)
                try:
                    result = original(*args, **kwargs)
                except BaseException:
                    self._ended(*begun, failed=True)
                    raise
                self._ended(*begun, failed=False)
                return result
            except BaseException as error:
                forget_frame(error)
                raise
            finally:
                self._gathering = around

        return evaluation_loop

    def _wrap_add(self, original: Callable[..., Any]) -> Callable[..., Any]:
        # Called for each batch, a few times.
        @stands_for(original)
        def add(container: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                gathering = self._gathering
                if gathering is not None:
                    gathering.added(container)
                return original(container, *args, **kwargs)
            except BaseException as error:
                forget_frame(error)
                raise

        return add

    def _wrap_take(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def to_cpu_and_numpy(container: Any) -> Any:
            __tracebackhide__ = True
            try:
                self._taken(container)
                return original(container)
            except BaseException as error:
                forget_frame(error)
                raise

        return to_cpu_and_numpy

    def _begun(
        self, args: tuple[Any, ...], frame: FrameType
    ) -> tuple[CellRun, Gathering, int | None] | None:
        """An evaluation begins; ``None``: it is not to be looked at."""
        self._gathering = None
        run, torch = self._run, imported_torch()
        if run is None or torch is None or not args:
            return None
        try:
            began = clocks.perf_counter()
            self._devices.refresh()  # the library may have started the device in this very cell
            settings = attributes_of(attributes_of(args[0]).get("args"))
            # Metrics batch by batch: nothing is gathered for them, nor ever taken in between.
            if not self._devices.names() or settings.get("batch_eval_metrics") is True:
                return None
            each = settings.get("eval_accumulation_steps")
            setting = each if type(each) is int else None
            self._gathering = Gathering(Tensors(torch), self._devices, setting)
            place = run.place(frame)
            run.overhead_s += clocks.perf_counter() - began
            return run, self._gathering, place
        except Exception as error:
            self.health.failed(self.name, error)
            return None

    def _taken(self, container: Any) -> None:
        run, gathering = self._run, self._gathering
        if run is None or gathering is None:
            return
        try:
            began = clocks.perf_counter()
            gathering.taken(container)
            run.overhead_s += clocks.perf_counter() - began
        except Exception as error:
            self.health.failed(self.name, error)

    def _ended(
        self, run: CellRun, gathering: Gathering, place: int | None, *, failed: bool
    ) -> None:
        if self._run is not run:
            return
        try:
            began = clocks.perf_counter()
            for found in gathering.result(failed=failed):
                key = (place, found.device)
                if key in self._found or len(self._found) < _MOST:
                    found.place = place
                    self._found[key] = _together(self._found.get(key), found)
            run.overhead_s += clocks.perf_counter() - began
        except Exception as error:
            self.health.failed(self.name, error)


def _together(before: Evaluation | None, now: Evaluation) -> Evaluation:
    """Of several evaluations the one that failed, or that gathered most."""
    if before is None:
        return now
    most = max(before, now, key=lambda each: (each.failed, each.gathered_bytes))
    most.calls = before.calls + now.calls
    most.peak_bytes = max(before.peak_bytes, now.peak_bytes)
    return most


def _wrap_method(patches: Patches, module: str, owner: str, name: str, wrap: _Wrap) -> None:
    """Wrap a method, unless another version of the library has none like it."""
    cls = _namespace(sys.modules[module]).get(owner)
    if isinstance(cls, type) and type(vars(cls).get(name)) is FunctionType:
        patches.wrap(cls, name, wrap)

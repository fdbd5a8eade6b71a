"""Observes the calls around a training step: clearing, clipping and scaling of gradients."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, ClassVar

from ... import clocks
from ...health import Health
from ...patches import Patches
from ...record import CellRecord, GradState
from ..base import CellRun, Probe
from ..devices import Devices
from ..hooks.cost import call_cost_s
from ..hooks.wrapping import forget_frame, stands_for, wrap_everywhere
from ..objects.reached import paths_to
from ..optimizers.probe import OptimizersProbe
from ..torch_import import imported_torch
from .cache import CacheCalls
from .now import TrainingRun
from .reading import readable, reader
from .scaling import ScalerCalls


class TrainingCallsProbe(Probe):
    """Writes what ``grad`` says of ``zero_grad``, clipping, the gradient scaler and the cache."""

    name: ClassVar[str] = "training calls"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health, devices: Devices, optimizers: OptimizersProbe) -> None:
        """``optimizers`` asks how often gradients were cleared, and hears what becomes of them."""
        super().__init__(health)
        self._optimizers = optimizers
        optimizers.gradients.clearings = lambda: self._state.zero_grads
        self._state = GradState()
        self._now: TrainingRun | None = None
        self._scaling = ScalerCalls(self.name, health, optimizers)
        self._cache = CacheCalls(self.name, health, devices)
        self._read: Callable[[Any], float | None] = readable

    def attach(self, patches: Patches) -> None:
        """Wrap the functions, each under all of its names."""
        torch = imported_torch()
        assert torch is not None
        self._read = reader(torch)
        for owner in (torch.optim.Optimizer, torch.nn.Module):
            patches.wrap(owner, "zero_grad", self._wrap_zero_grad)
        clipping: Any = sys.modules.get("torch.nn.utils.clip_grad")
        if clipping is not None:
            for name in ("clip_grad_norm_", "clip_grad_value_"):
                wrap_everywhere(patches, (torch.nn.utils, clipping), name, self._wrap_clip)
        self._scaling.attach(patches)
        self._cache.attach(patches, torch)

    def begin(self, run: CellRun) -> None:
        """Count from zero."""
        self._state = GradState()
        self._now = self._cache.now = TrainingRun(run, self._state)
        self._scaling.begin(self._now)

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Add what was seen to ``grad``, which another probe has written."""
        self._now = self._cache.now = None
        scaler = self._scaling.end()
        state, grad = self._state, record.grad
        run.overhead_s += (state.zero_grads + 2 * state.clips) * call_cost_s()
        if grad is None:
            return
        for name in ("zero_grads", "zero_grads_kept", "clips", "clips_scaled", "clip_place"):
            setattr(grad, name, getattr(state, name))
        grad.cache_clears, grad.scaler = state.cache_clears, state.scaler
        torch = imported_torch()
        if grad.scaler is not None and scaler is not None and torch is not None:
            names = paths_to([scaler], run.namespace, torch)
            grad.scaler.variable = names.get(id(scaler))

    def _wrap_zero_grad(self, original: Callable[..., Any]) -> Callable[..., Any]:
        # All that a loop pays for in each step is in this function. A module's zero_grad calls
        # no other, and an optimizer's neither, so there is nothing to count twice.
        @stands_for(original)
        def zero_grad(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                state = self._state
                state.zero_grads += 1
                if kwargs or len(args) > 1:
                    kept = not kwargs.get("set_to_none", args[1] if len(args) > 1 else True)
                    state.zero_grads_kept += kept
                return original(*args, **kwargs)
            except BaseException as error:
                forget_frame(error)
                raise

        return zero_grad

    def _wrap_clip(self, original: Callable[..., Any]) -> Callable[..., Any]:
        clock = clocks.perf_counter
        gradients = self._optimizers.gradients

        # All that a loop pays for in each step is in this function.
        @stands_for(original)
        def clip_grad(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                now = self._now
                if now is None:
                    return original(*args, **kwargs)
                state = now.state
                state.clips += 1
                if self._scaling.is_scaled:
                    state.clips_scaled += 1
                if clock() > now.pace.due or gradients.takers.first:
                    before = self._before_clipping(now)
                    norm = original(*args, **kwargs)
                    self._after_clipping(before)
                else:
                    norm = original(*args, **kwargs)
                self._heed(norm)
                return norm
            except BaseException as error:
                forget_frame(error)
                raise

        return clip_grad

    def _before_clipping(self, now: TrainingRun) -> Any:
        try:
            now.state.clip_place = now.place()
            return self._optimizers.gradients.before_clipping()
        except Exception as error:
            self.health.failed(self.name, error)
            return None

    def _after_clipping(self, before: Any) -> None:
        try:
            self._optimizers.gradients.after_clipping(before)
        except Exception as error:
            self.health.failed(self.name, error)

    def _heed(self, norm: Any) -> None:
        """What ``clip_grad_norm_`` returned says whether gradients are finite."""
        try:
            value = self._read(norm)
            if value is not None and not math.isfinite(value):
                self._optimizers.not_finite(self._state.clip_place)
        except Exception as error:
            self.health.failed(self.name, error)

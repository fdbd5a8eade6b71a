"""Calls of the gradient scaler, and the steps that it leaves out."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any

from ...health import Health
from ...patches import Patches
from ...record import Scaler
from ..hooks.wrapping import forget_frame, stands_for
from ..objects.kinds import attributes_of
from ..optimizers.probe import OptimizersProbe
from .now import TrainingRun
from .reading import readable


class ScalerCalls:
    """Counts them, and tells the optimizers which steps were left out."""

    def __init__(self, name: str, health: Health, optimizers: OptimizersProbe) -> None:
        """Failures are those of the probe of this ``name``."""
        self.now: TrainingRun | None = None
        """``None``: no cell runs."""
        self.is_scaled = False
        """Gradients are those of a loss that was scaled."""
        self._name = name
        self._health = health
        self._optimizers = optimizers
        self._scaler: weakref.ref[Any] | None = None
        self._is_skip_seen = False
        """Since the last update of the scale."""

    def attach(self, patches: Patches) -> None:
        """Wrap its methods, if it has been imported."""
        scaling: Any = sys.modules.get("torch.amp.grad_scaler")
        if scaling is not None:
            for name in ("scale", "unscale_", "step", "update"):
                patches.wrap(scaling.GradScaler, name, self._wrap(name))

    def begin(self, now: TrainingRun) -> None:
        """No scaler was met."""
        self._scaler, self.is_scaled, self._is_skip_seen = None, False, False
        self.now = now

    def end(self) -> Any:
        """The scaler that was met last, if it is still there."""
        self.now = None
        return None if self._scaler is None else self._scaler()

    def _wrap(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
            @stands_for(original)
            def method(scaler: Any, *args: Any, **kwargs: Any) -> Any:
                __tracebackhide__ = True
                try:
                    before = self._before_scaling(scaler, name) if self.now is not None else None
                    taken = self._steps_before(args, kwargs) if name == "step" else None
                    result = original(scaler, *args, **kwargs)
                    if before is not None:
                        self._after_update(scaler, before)
                    if taken is not None:
                        self._after_step(args, kwargs, taken)
                    return result
                except BaseException as error:
                    forget_frame(error)
                    raise

            return method

        return wrap

    def _before_scaling(self, scaler: Any, name: str) -> float | None:
        """Note a call; returns the scale before an update, where reading it waits for nothing."""
        try:
            now = self.now
            if now is None:
                return None
            enabled = attributes_of(scaler).get("_enabled") is True
            entry = now.state.scaler
            if entry is None or self._scaler is None or self._scaler() is not scaler:
                self._scaler = weakref.ref(scaler)
                entry = Scaler(variable=None, enabled=enabled, steps=0, skipped=0)
                now.state.scaler = entry
            if name == "step":
                entry.steps += 1
                entry.place = now.place()
            if name == "scale":
                self.is_scaled = enabled
            elif name in ("unscale_", "step"):
                self.is_scaled = False
            elif enabled:
                return _readable_scale(scaler)
        except Exception as error:
            self._health.failed(self._name, error)
        return None

    def _entry(self) -> Scaler | None:
        return None if self.now is None else self.now.state.scaler

    def _steps_before(self, args: Any, kwargs: Any) -> int | None:
        """Steps of the optimizer that the scaler is to step, if it can be seen that it does."""
        try:
            return None if self.now is None else self._optimizers.steps_of(_stepped(args, kwargs))
        except Exception as error:
            self._health.failed(self._name, error)
            return None

    def _after_step(self, args: Any, kwargs: Any, taken: int) -> None:
        """The scaler has read itself whether gradients are finite: it called the step or not."""
        try:
            optimizer, entry = _stepped(args, kwargs), self._entry()
            if entry is not None and self._optimizers.steps_of(optimizer) == taken:
                entry.skipped += 1
                self._is_skip_seen = True
                self._optimizers.skipped(optimizer, entry.place)
        except Exception as error:
            self._health.failed(self._name, error)

    def _after_update(self, scaler: Any, before: float) -> None:
        try:
            after = _readable_scale(scaler)
            entry = self._entry()
            fell = after is not None and after < before
            # A fused optimizer is called in any case, and leaves its step out by itself.
            if fell and entry is not None and not self._is_skip_seen:
                entry.skipped += 1
            self._is_skip_seen = False
        except Exception as error:
            self._health.failed(self._name, error)


def _stepped(args: Any, kwargs: Any) -> Any:
    """The optimizer of ``scaler.step(optimizer)``."""
    return args[0] if args else kwargs.get("optimizer")


def _readable_scale(scaler: Any) -> float | None:
    """The scale, unless it is on a device, where reading it would wait."""
    return readable(attributes_of(scaler).get("_scale"))

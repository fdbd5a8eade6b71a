"""Observes the calls around a training step: clearing, clipping and scaling of gradients."""

from __future__ import annotations

import math
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

from .. import clocks
from ..health import Health
from ..patches import Patches
from ..record import CacheClears, CellRecord, GradState, Scaler
from .base import CellRun, Probe
from .devices import Devices
from .hooks.cost import call_cost_s
from .hooks.pace import Pace
from .hooks.wrapping import forget_frame, stands_for
from .objects.kinds import attributes_of
from .objects.quiet import Quiet
from .objects.reached import paths_to
from .optimizers.probe import OptimizersProbe
from .torch_import import imported_torch

_MAX_PLACES = 20


class TrainingCallsProbe(Probe):
    """Writes what ``grad`` says of ``zero_grad``, clipping, the gradient scaler and the cache."""

    name: ClassVar[str] = "training calls"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health, devices: Devices, optimizers: OptimizersProbe) -> None:
        """``optimizers`` asks how often gradients were cleared, and hears what becomes of them."""
        super().__init__(health)
        self._devices = devices
        self._optimizers = optimizers
        optimizers.gradients.clearings = lambda: self._state.zero_grads
        self._run: CellRun | None = None
        self._state = GradState()
        self._pace: Pace | None = None
        self._scaler: weakref.ref[Any] | None = None
        self._is_scaled = False
        self._is_skip_seen = False
        """Since the last update of the scale."""
        self._inside = threading.local()
        self._read: Callable[[Any], float | None] = _readable

    def attach(self, patches: Patches) -> None:
        """Wrap the functions, each under all of its names."""
        torch = imported_torch()
        assert torch is not None
        self._read = _reader(torch)
        for owner in (torch.optim.Optimizer, torch.nn.Module):
            patches.wrap(owner, "zero_grad", self._wrap_zero_grad)
        clipping: Any = sys.modules.get("torch.nn.utils.clip_grad")
        if clipping is not None:
            for name in ("clip_grad_norm_", "clip_grad_value_"):
                self._wrap_everywhere(patches, (torch.nn.utils, clipping), name, self._wrap_clip)
        scaling: Any = sys.modules.get("torch.amp.grad_scaler")
        if scaling is not None:
            for name in ("scale", "unscale_", "step", "update"):
                patches.wrap(scaling.GradScaler, name, self._wrap_scaler(name))
        for owners in _cache_owners(torch):
            self._wrap_everywhere(patches, owners, "empty_cache", self._wrap_empty_cache)

    def begin(self, run: CellRun) -> None:
        """Count from zero."""
        self._state = GradState()
        self._pace = Pace(run)
        self._scaler, self._is_scaled, self._is_skip_seen = None, False, False
        self._run = run

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Add what was seen to ``grad``, which another probe has written."""
        self._run = self._pace = None
        state, grad = self._state, record.grad
        run.overhead_s += (state.zero_grads + 2 * state.clips) * call_cost_s()
        if grad is None:
            return
        for name in ("zero_grads", "zero_grads_kept", "clips", "clips_scaled", "clip_place"):
            setattr(grad, name, getattr(state, name))
        grad.cache_clears, grad.scaler = state.cache_clears, state.scaler
        scaler = None if self._scaler is None else self._scaler()
        torch = imported_torch()
        if grad.scaler is not None and scaler is not None and torch is not None:
            names = paths_to([scaler], run.namespace, torch)
            grad.scaler.variable = names.get(id(scaler))

    def _wrap_everywhere(
        self,
        patches: Patches,
        owners: tuple[Any, ...],
        name: str,
        wrap: Callable[[Callable[..., Any]], Callable[..., Any]],
    ) -> None:
        """One wrapper under all names of one function, so that they stay identical."""
        original = getattr(owners[0], name)
        wrapper = wrap(original)
        for owner in owners:
            if getattr(owner, name, None) is original:
                patches.wrap(owner, name, lambda _original: wrapper)

    def _place(self) -> int | None:
        pace = self._pace
        if pace is None:
            return None
        now = clocks.perf_counter()
        if now > pace.due:
            pace.look(now)
        return pace.last_place

    # --- gradients -----------------------------------------------------------------------------

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
        @stands_for(original)
        def clip_grad(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                if self._run is None:
                    return original(*args, **kwargs)
                before = self._before_clipping()
                norm = original(*args, **kwargs)
                self._after_clipping(norm, before)
                return norm
            except BaseException as error:
                forget_frame(error)
                raise

        return clip_grad

    def _before_clipping(self) -> Any:
        try:
            state = self._state
            state.clips += 1
            state.clips_scaled += self._is_scaled
            state.clip_place = self._place()
            return self._optimizers.gradients.before_clipping()
        except Exception as error:
            self.health.failed(self.name, error)
            return None

    def _after_clipping(self, norm: Any, before: Any) -> None:
        """What ``clip_grad_norm_`` returned says whether gradients are finite."""
        try:
            self._optimizers.gradients.after_clipping(before)
            value = self._read(norm)
            if value is not None and not math.isfinite(value):
                self._optimizers.not_finite(self._state.clip_place)
        except Exception as error:
            self.health.failed(self.name, error)

    # --- scaler --------------------------------------------------------------------------------

    def _wrap_scaler(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
            @stands_for(original)
            def method(scaler: Any, *args: Any, **kwargs: Any) -> Any:
                __tracebackhide__ = True
                try:
                    before = self._before_scaling(scaler, name) if self._run is not None else None
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
            enabled = attributes_of(scaler).get("_enabled") is True
            entry = self._state.scaler
            if entry is None or self._scaler is None or self._scaler() is not scaler:
                self._scaler = weakref.ref(scaler)
                entry = Scaler(variable=None, enabled=enabled, steps=0, skipped=0)
                self._state.scaler = entry
            if name == "step":
                entry.steps += 1
                entry.place = self._place()
            if name == "scale":
                self._is_scaled = enabled
            elif name in ("unscale_", "step"):
                self._is_scaled = False
            elif enabled:
                return _readable_scale(scaler)
        except Exception as error:
            self.health.failed(self.name, error)
        return None

    def _steps_before(self, args: Any, kwargs: Any) -> int | None:
        """Steps of the optimizer that the scaler is to step, if it can be seen that it does."""
        try:
            return None if self._run is None else self._optimizers.steps_of(_stepped(args, kwargs))
        except Exception as error:
            self.health.failed(self.name, error)
            return None

    def _after_step(self, args: Any, kwargs: Any, taken: int) -> None:
        """The scaler has read itself whether gradients are finite: it called the step or not."""
        try:
            optimizer, entry = _stepped(args, kwargs), self._state.scaler
            if entry is not None and self._optimizers.steps_of(optimizer) == taken:
                entry.skipped += 1
                self._is_skip_seen = True
                self._optimizers.skipped(optimizer, entry.place)
        except Exception as error:
            self.health.failed(self.name, error)

    def _after_update(self, scaler: Any, before: float) -> None:
        try:
            after = _readable_scale(scaler)
            entry = self._state.scaler
            fell = after is not None and after < before
            # A fused optimizer is called in any case, and leaves its step out by itself.
            if fell and entry is not None and not self._is_skip_seen:
                entry.skipped += 1
            self._is_skip_seen = False
        except Exception as error:
            self.health.failed(self.name, error)

    # --- cache ---------------------------------------------------------------------------------

    def _wrap_empty_cache(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def empty_cache(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                if self._run is None or getattr(self._inside, "cache", False):
                    return original(*args, **kwargs)
                self._inside.cache = True
                reserved = self._reserved()
                began = clocks.perf_counter()
                try:
                    return original(*args, **kwargs)
                finally:
                    self._inside.cache = False
                    self._emptied(clocks.perf_counter() - began, reserved)
            except BaseException as error:
                forget_frame(error)
                raise

        return empty_cache

    def _reserved(self) -> int:
        """What the allocators hold now, 0 where they cannot be asked."""
        try:
            uses = (self._devices.use(name) for name in self._devices.names())
            return sum(use.reserved or 0 for use in uses)
        except Exception as error:
            self.health.failed(self.name, error)
            return 0

    def _emptied(self, seconds: float, reserved: int) -> None:
        try:
            state = self._state
            if state.cache_clears is None:
                state.cache_clears = CacheClears(calls=0, duration_s=0.0)
            clears = state.cache_clears
            clears.calls += 1
            clears.duration_s += seconds
            clears.freed_bytes += max(0, reserved - self._reserved())
            place, places = self._place(), clears.places
            if place is not None and place not in places and len(places) < _MAX_PLACES:
                places.append(place)
        except Exception as error:
            self.health.failed(self.name, error)


def _stepped(args: Any, kwargs: Any) -> Any:
    """The optimizer of ``scaler.step(optimizer)``."""
    return args[0] if args else kwargs.get("optimizer")


def _readable_scale(scaler: Any) -> float | None:
    """The scale, unless it is on a device, where reading it would wait."""
    return _readable(attributes_of(scaler).get("_scale"))


def _readable(value: Any) -> float | None:
    """The number in a plain tensor on the CPU; ``None`` for others."""
    torch: Any = imported_torch()
    if torch is None or type(value) is not torch.Tensor:
        return None
    with Quiet(torch), torch._C._DisableTorchDispatch():
        return float(torch.Tensor.item(value)) if value.is_cpu else None


def _reader(torch: Any) -> Callable[[Any], float | None]:
    """As `_readable`, quick where no mode would be told of it, for what is read in each step."""
    try:
        dispatch = torch._C._len_torch_dispatch_stack
        functions = torch._C._len_torch_function_stack
    except AttributeError:  # this PyTorch has other names for them
        return _readable
    tensor = torch.Tensor
    item, is_cpu = torch._C.TensorBase.item, torch._C.TensorBase.is_cpu.__get__

    def read(value: Any) -> float | None:
        if type(value) is not tensor:
            return None
        if dispatch() or functions():
            return _readable(value)
        return float(item(value)) if is_cpu(value) else None

    return read


def _cache_owners(torch: Any) -> list[tuple[Any, ...]]:
    """Modules that have the same ``empty_cache``."""
    found: list[tuple[Any, ...]] = []
    for name in ("cuda", "mps", "xpu"):
        module = sys.modules.get(f"torch.{name}")
        if module is not None and hasattr(module, "empty_cache"):
            memory = sys.modules.get(f"torch.{name}.memory")
            found.append((module,) if memory is None else (module, memory))
    accelerator = getattr(torch, "accelerator", None)
    if hasattr(accelerator, "empty_cache"):
        memory = sys.modules.get("torch.accelerator.memory")
        found.append((accelerator,) if memory is None else (accelerator, memory))
    return found

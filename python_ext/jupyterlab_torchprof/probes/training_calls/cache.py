"""Calls that empty the cache of PyTorch's allocators."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from ... import clocks
from ...health import Health
from ...patches import Patches
from ...record import CacheClears
from ..devices import Devices
from ..hooks.wrapping import forget_frame, stands_for, wrap_everywhere
from .now import TrainingRun

_MAX_PLACES = 20


class CacheCalls:
    """How often, how long, what it freed; a call within another is not counted."""

    def __init__(self, name: str, health: Health, devices: Devices) -> None:
        """Failures are those of the probe of this ``name``."""
        self.now: TrainingRun | None = None
        """``None``: no cell runs."""
        self._name = name
        self._health = health
        self._devices = devices
        self._inside = threading.local()

    def attach(self, patches: Patches, torch: Any) -> None:
        """Wrap it under all of its names."""
        for owners in _owners(torch):
            wrap_everywhere(patches, owners, "empty_cache", self._wrap)

    def _wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def empty_cache(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                if self.now is None or getattr(self._inside, "cache", False):
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
            self._health.failed(self._name, error)
            return 0

    def _emptied(self, seconds: float, reserved: int) -> None:
        now = self.now
        if now is None:
            return
        try:
            state = now.state
            if state.cache_clears is None:
                state.cache_clears = CacheClears(calls=0, duration_s=0.0)
            clears = state.cache_clears
            clears.calls += 1
            clears.duration_s += seconds
            clears.freed_bytes += max(0, reserved - self._reserved())
            place, places = now.place(), clears.places
            if place is not None and place not in places and len(places) < _MAX_PLACES:
                places.append(place)
        except Exception as error:
            self._health.failed(self._name, error)


def _owners(torch: Any) -> list[tuple[Any, ...]]:
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

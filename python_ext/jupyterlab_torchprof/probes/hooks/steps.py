"""Counts optimizer steps."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ... import clocks
from ...health import Health
from ..base import CellRun
from .pace import Pace
from .step_hooks import StepHooks

_PART = "autograd"
_NEVER = float("inf")


class Steps:
    """The steps of one cell, of all optimizers, through a hook after each."""

    def __init__(self, health: Health, looked: Callable[[], None]) -> None:
        """``looked`` is called now and then, as steps go by."""
        self._health = health
        self._looked = looked
        self._count = itertools.count()
        self._pace: Pace | None = None
        self._due = _NEVER
        self._hooks = StepHooks()

    def attach(self, torch: ModuleType) -> None:
        """Register the hook."""
        self._hooks.attach(after=self._hook(torch.compiler.is_compiling))

    def detach(self) -> None:
        """Take it away."""
        self._hooks.detach()

    def begin(self, run: CellRun) -> None:
        """Count from zero."""
        self._count = itertools.count()
        self._pace = Pace(run)
        self._due = 0.0

    def end(self) -> tuple[int, Pace | None]:
        """Steps since `begin`, and where they came from."""
        pace, self._pace, self._due = self._pace, None, _NEVER
        return next(self._count), pace

    def _hook(self, is_compiling: Callable[[], bool]) -> Callable[[Any, Any, Any], None]:
        clock = clocks.perf_counter

        # All that a loop pays for in each step is in this function.
        def after_step(optimizer: Any, args: Any, kwargs: Any) -> None:
            if is_compiling():
                return
            next(self._count)
            if clock() > self._due:
                self._look()

        return after_step

    def _look(self) -> None:
        began = clocks.perf_counter()
        try:
            pace = self._pace
            if pace is not None:
                pace.look(began)
                self._due = pace.due
                self._looked()
        except Exception as error:
            self._health.failed(_PART, error)

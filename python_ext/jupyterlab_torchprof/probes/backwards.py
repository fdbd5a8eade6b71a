"""Counts runs of the backward engine and tells which forwards' graphs they use."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

from ..health import Health
from ..patches import Patches
from .base import CellRun
from .wrapping import stands_for

_PART = "autograd"


class GraphWatcher(Protocol):
    """Wants to know of outermost backwards."""

    def before_backward(self, outputs: Any) -> None:
        """A backward from ``outputs`` is about to run."""

    def after_backward(self) -> None:
        """It has run, or failed."""


class Backwards:
    """The outermost runs of one cell.

    Both ``Tensor.backward`` and ``autograd.grad`` go through ``_engine_run_backward``, which
    nobody else calls: wrapping it counts each once and is out of sight of ``torch.compile``,
    which knows the public functions by identity.
    """

    def __init__(self, health: Health, watcher: GraphWatcher) -> None:
        """``watcher`` is told of each."""
        self._health = health
        self._watcher = watcher
        self._run: CellRun | None = None
        self._count = itertools.count()
        self._running: set[int] = set()
        self.last_line: int | None = None
        """The cell's line that the last one came from."""

    def attach(self, patches: Patches, torch: ModuleType) -> None:
        """Wrap the one function under both of its names."""
        autograd = torch.autograd
        wrapper = self._wrap(autograd._engine_run_backward)
        patches.wrap(autograd, "_engine_run_backward", lambda original: wrapper)
        patches.wrap(autograd.graph, "_engine_run_backward", lambda original: wrapper)
        self._current_task = torch._C._current_graph_task_id

    def begin(self, run: CellRun) -> None:
        """Count from zero."""
        # `next` on a counter cannot lose one to another thread, `+= 1` can.
        self._count = itertools.count()
        self.last_line = None
        self._run = run

    def end(self) -> int:
        """The number of backwards since `begin`."""
        self._run = None
        return next(self._count)

    @property
    def running(self) -> bool:
        """Whether one runs now, in another thread."""
        return bool(self._running)

    def _wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def _engine_run_backward(outputs: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            # Within a backward there is a task: a checkpoint recomputes, a hook asks for a grad.
            if self._current_task() != -1:
                return original(outputs, *args, **kwargs)
            run = self._run
            if run is not None:
                self._before(run, outputs)
            thread = threading.get_ident()
            self._running.add(thread)
            try:
                return original(outputs, *args, **kwargs)
            finally:
                self._running.discard(thread)
                if run is not None:
                    self._after(run)

        return _engine_run_backward

    def _before(self, run: CellRun, outputs: Any) -> None:
        try:
            began = time.perf_counter()
            next(self._count)
            line = run.line(sys._getframe(1))
            if line is not None:
                self.last_line = line
            self._watcher.before_backward(outputs)
            run.overhead_s += time.perf_counter() - began
        except Exception as error:
            self._health.failed(_PART, error)

    def _after(self, run: CellRun) -> None:
        try:
            self._watcher.after_backward()
        except Exception as error:
            self._health.failed(_PART, error)

"""Counts runs of the backward engine and tells which forwards' graphs they use."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType, ModuleType
from typing import Any, Protocol

from ... import clocks
from ...health import Health
from ...patches import Patches
from ..base import CellRun
from ..loops.work import Work
from .backward_kinds import BackwardKinds
from .pace import Pace
from .wrapping import forget_frame, stands_for

_PART = "autograd"
_NEVER = float("inf")


class GraphWatcher(Protocol):
    """Wants to know of outermost backwards, while it waits for something."""

    waiting: bool

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
        """``watcher`` is told of each while it waits."""
        self._health = health
        self._watcher = watcher
        self._count = itertools.count(1)
        self._pace: Pace | None = None
        self._work = Work()
        self._due = _NEVER
        self._code: CodeType | None = None
        self._last_count = 0
        self._retaining = itertools.count()
        self._kinds = BackwardKinds()
        self.timed = 0
        self.timed_s = 0.0
        """Host time of `timed` of the outermost runs: those that were looked at and went well."""
        self.generation = 0
        """A number that changes from cell to cell if a backward ran, also between cells."""

    def attach(self, patches: Patches, torch: ModuleType) -> None:
        """Wrap the one function under both of its names."""
        autograd = torch.autograd
        wrapper = self._wrap(autograd._engine_run_backward, torch._C)
        patches.wrap(autograd, "_engine_run_backward", lambda original: wrapper)
        patches.wrap(autograd.graph, "_engine_run_backward", lambda original: wrapper)

    def begin(self, run: CellRun) -> None:
        """Count from zero."""
        self._read_count()
        self._count = itertools.count(1)
        self._last_count = 0
        self._retaining = itertools.count()
        self._kinds = BackwardKinds()
        self.timed, self.timed_s = 0, 0.0
        self._pace = Pace(run)
        self._work = run.work
        self._due = 0.0

    def end(self) -> tuple[int, Pace | None]:
        """The number of backwards since `begin`, and where they came from."""
        pace, self._pace, self._due = self._pace, None, _NEVER
        return self._read_count(), pace

    def kinds(self) -> BackwardKinds:
        """What kinds there were, as far as they were looked at; after `end`."""
        self._kinds.retaining = next(self._retaining)
        return self._kinds

    def _read_count(self) -> int:
        number = next(self._count)
        if number != self._last_count + 1:
            self.generation += 1
        self._last_count = number
        return number - 1

    def wake(self) -> None:
        """The watcher has begun to wait."""
        if self._pace is not None:
            self._due = 0.0

    def is_running(self) -> bool:
        """Whether one runs now, in another thread."""
        mine = threading.get_ident()
        for thread, frame in sys._current_frames().items():
            at: FrameType | None = None if thread == mine else frame
            while at is not None:
                if at.f_code is self._code:
                    return True
                at = at.f_back
        return False

    def _wrap(self, original: Callable[..., Any], bindings: Any) -> Callable[..., Any]:
        clock = clocks.perf_counter
        current_task: Callable[[], int] = bindings._current_graph_task_id
        modes: Callable[[], int] = getattr(bindings, "_len_torch_dispatch_stack", lambda: 0)
        is_tracing = _tracing(bindings)

        # All that a loop pays for in each step is in this function.
        @stands_for(original)
        def _engine_run_backward(outputs: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                # Within a backward there is a task: a checkpoint recomputes, a hook asks.
                if current_task() == -1 and not (modes() and is_tracing()):
                    # `next` on a counter cannot lose one to another thread, `+= 1` can.
                    self._work.backwards = next(self._count)
                    # Gradients of the tensors, whether to retain the graph, to make another.
                    retains = len(args) > 2 and args[1] and not args[2]
                    if retains:
                        next(self._retaining)
                    if clock() > self._due:
                        self._before(outputs, bool(retains))
                        began = clock()
                        try:
                            result = original(outputs, *args, **kwargs)
                            self.timed_s += clock() - began
                            self.timed += 1
                            return result
                        finally:
                            self._after()
                return original(outputs, *args, **kwargs)
            except BaseException as error:
                forget_frame(error)
                raise

        self._code = _engine_run_backward.__code__
        return _engine_run_backward

    def _before(self, outputs: Any, retains: bool) -> None:
        began = clocks.perf_counter()
        try:
            pace = self._pace
            if pace is None:
                return
            if self._watcher.waiting:
                self._watcher.before_backward(outputs)
            pace.look(began, stay=self._watcher.waiting)
            began = clocks.perf_counter()
            self._kinds.before(outputs, pace.last_place, retains=retains)
            pace.took(began)
            self._due = 0.0 if self._kinds.wants_all else pace.due
        except Exception as error:
            self._health.failed(_PART, error)

    def _after(self) -> None:
        try:
            self._watcher.after_backward()
        except Exception as error:
            self._health.failed(_PART, error)


def _tracing(bindings: Any) -> Callable[[], bool]:
    """Whether operations are only written down, as a compiler does: no backward runs then.

    The tensors have no memory then (FakeTensor), or each operation becomes a node of a program.
    Asked where there is a mode that sees them.
    """
    try:
        get, keys = bindings._get_dispatch_mode, bindings._TorchDispatchModeKey
        fake, proxy = keys.FAKE, keys.PROXY
    except AttributeError:  # this PyTorch has other names for them: its tracing counts
        return lambda: False
    return lambda: get(fake) is not None or get(proxy) is not None

"""Hooks on calls of root modules: modules that no other module's forward calls.

One global pre-hook waits for the next call of any module. It takes itself away, asks the called
module to report its return, and comes back then: what happens within a root's forward runs
without any hook. The number of calls per cell is bounded, so that a loop pays for its first
steps only; later ones are watched now and then, to see what comes after the loop.

``torch.compile`` must not see the hook: it would compile it in, and compile again without it.
So it is away while something is compiled (`pause`), and PyTorch is not told of it when it looks
for global hooks to warn about them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any, Protocol

from ...health import Health
from ...patches import Patches
from ..objects.kinds import namespace_reader
from .wrapping import stands_for

MAX_CALLS = 200
"""Calls of root modules that are watched in one cell, if they are not too frequent."""
_MIN_CALLS = 8
"""Calls that are watched however frequent they are."""
_CALL_COST_S = 8e-5
"""About what the watch over one call costs."""
_MAX_SHARE = 0.005
"""Of the cell's time."""
_MAX_TRIFLES = 800
"""Calls that the hook lets pass in one cell: of modules without parameters and children, and of
children of a root that is not watched."""
_PERIOD_S = 0.05
"""Time between calls that are watched after these."""
_PART = "autograd"


class RootCallListener(Protocol):
    """Is told of root calls, on the thread that makes them."""

    def called(self, module: Any) -> Any:
        """The root is about to run; the answer is given back when it has returned."""

    def returned(self, call: Any, module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """The call has succeeded."""


class RootCalls:
    """Watches for root calls, one at a time and one cell at a time."""

    def __init__(self, health: Health, listener: RootCallListener) -> None:
        """``listener`` is told."""
        self._health = health
        self._listener = listener
        self._hooks: dict[int, Any] = {}
        self._key = 0
        self._calls = 0
        self._granted = 0
        self._started = 0.0
        self._trifles_left = 0
        self._wanted = False
        self._within_root = False
        self._may_be_nested = False
        self._pauses = 0
        self._given_up = False
        self._next_look = 0.0
        self._stale: list[Any] = []
        self.complete = True
        """No call has gone unwatched because too many came before it."""

    def attach(self, patches: Patches, torch: ModuleType) -> None:
        """Prepare; nothing is hooked before `start`."""
        modules = sys.modules["torch.nn.modules.module"]
        self._register = torch.nn.Module.register_forward_hook
        self._namespace = namespace_reader(torch.nn.Module)
        self._is_compiling = _is_recorded(torch)
        self._call_code = torch.nn.Module._call_impl.__code__
        self._hooks = modules._global_forward_pre_hooks
        # One key of the right kind for every arming: arming twice is arming once.
        self._key = torch.utils.hooks.RemovableHandle(self._hooks).id
        patches.wrap(modules, "_has_any_global_hook", self._without_ours)

    def start(self) -> None:
        """A cell begins."""
        self._calls = 0
        self._granted = _MIN_CALLS
        self._started = time.perf_counter()
        self._trifles_left = _MAX_TRIFLES
        self.complete = True
        self._given_up = False
        self._next_look = self._started + _PERIOD_S
        self._wanted = True
        self._within_root = False
        self._may_be_nested = False
        self._pauses = 0
        self._arm()

    def stop(self) -> None:
        """The cell has ended."""
        self._wanted = False
        self._disarm()
        self._remove_stale()

    def pause(self) -> None:
        """Look away, until `resume` was called as often."""
        self._pauses += 1
        self._disarm()

    def resume(self) -> None:
        """Look again."""
        self._pauses = max(0, self._pauses - 1)
        self._arm()

    def look_again(self) -> None:
        """Watch one more call in any case, if the last such was some time ago.

        Called whenever something of a program's pace happens: a step, a batch; and by the
        sampling thread.
        """
        now = time.perf_counter()
        if now > self._next_look:
            self._next_look = now + _PERIOD_S
            self._granted = max(self._granted, 1)
            self._trifles_left = max(self._trifles_left, 20)
            # Whoever gave up did so at a root, but now one may be running.
            self._may_be_nested = self._may_be_nested or self._given_up
            self._given_up = False
            self._arm()

    def _arm(self) -> None:
        if not (self._given_up or self._within_root or self._pauses) and self._wanted:
            self._hooks[self._key] = self._before

    def _disarm(self) -> None:
        self._hooks.pop(self._key, None)

    def _before(self, module: Any, inputs: tuple[Any, ...]) -> None:
        if self._is_compiling():
            return
        try:
            if self._within_root:
                return  # another thread got past the hook at the same time
            nested = self._may_be_nested and self._is_nested(sys._getframe(1))
            if nested or self._is_trifle(module):
                self._trifles_left -= 1
                if self._trifles_left < 0:
                    self._give_up()
                return
            if not self._can_afford():
                self._give_up()
                return
            self._calls += 1
            self._may_be_nested = False
            self._disarm()
            self._remove_stale()
            frame = sys._getframe(1)
            call = self._listener.called(module)
            self._await_return(module, call, frame)
        except Exception as error:
            self._health.failed(_PART, error)

    def _can_afford(self) -> bool:
        if self._granted > 0:
            self._granted -= 1
            return True
        share = self._calls * _CALL_COST_S / (time.perf_counter() - self._started)
        return self._calls < MAX_CALLS and share < _MAX_SHARE

    def _give_up(self) -> None:
        self.complete = False
        self._given_up = True
        self._disarm()

    def _is_trifle(self, module: Any) -> bool:
        """An activation, a loss, a transform of images: none is a model."""
        own = self._namespace(module)
        return not own.get("_parameters") and not own.get("_modules")

    def _is_nested(self, frame: FrameType | None) -> bool:
        """Whether another module's call is below this one on the stack.

        The sampling thread may hook in while a root runs that nobody watches; the next call is
        then one of its children.
        """
        calls = 0
        while frame is not None and calls < 2:
            calls += frame.f_code is self._call_code
            frame = frame.f_back
        return calls == 2

    def _await_return(self, module: Any, call: Any, frame: FrameType) -> None:
        # The hooks of this very call run in the same frame, those after an error in the one above.
        frames = (id(frame), id(frame.f_back))

        def after(
            module: Any, inputs: tuple[Any, ...], kwargs: dict[str, Any], output: Any
        ) -> None:
            caller = id(sys._getframe(1))
            if self._is_compiling() or caller not in frames:
                return  # the module calls itself
            try:
                if caller == frames[0]:
                    handle.remove()
                    self._stale.remove(handle)
                    self._listener.returned(call, module, (*inputs, *kwargs.values()), output)
                # After an error PyTorch is just going through the module's hooks: to take ours
                # away would change the dictionary under its hands. It stays as a stale one.
            except Exception as error:
                self._health.failed(_PART, error)
            self._within_root = False
            self._arm()

        handle = self._register(module, after, with_kwargs=True, always_call=True)
        self._stale.append(handle)
        self._within_root = True

    def _remove_stale(self) -> None:
        """Take away hooks whose call never returned: it failed, or was interrupted."""
        while self._stale:
            self._stale.pop().remove()

    def _without_ours(self, original: Callable[[], bool]) -> Callable[[], bool]:
        @stands_for(original)
        def _has_any_global_hook() -> bool:
            hook = self._hooks.pop(self._key, None)
            try:
                return original()
            finally:
                if hook is not None:
                    self._hooks[self._key] = hook

        return _has_any_global_hook


def _is_recorded(torch: ModuleType) -> Callable[[], bool]:
    """Whether a call's operations are recorded, by torch.compile or torch.jit.trace.

    What we read of a tensor then would become a part of the program.
    """
    is_compiling: Callable[[], bool] = torch.compiler.is_compiling
    tracing_state: Callable[[], Any] = getattr(torch._C, "_get_tracing_state", lambda: None)

    def is_recorded() -> bool:
        return is_compiling() or tracing_state() is not None

    return is_recorded

"""Watches calls of root modules: modules that no other module's forward calls.

`Switches` tell of the next call of any module. The watch is away until that call returns: what
happens within a root's forward runs as without us. The number of calls per cell is bounded, so
that a loop pays for its first steps only; later ones are watched now and then, to see what comes
after the loop.

A module whose forward runs without such a call (`outer_calls`) is a root as well, and the modules
that it calls are its parts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FrameType, ModuleType
from typing import Any, NamedTuple, Protocol

from ... import clocks
from ...health import Health
from ..objects.kinds import namespace_reader
from .call_code import call_switch, has_own_call
from .outer_calls import OuterCalls
from .recording import is_recorded, numbering
from .switches import Switches

MAX_CALLS = 200
"""Calls of root modules that are watched in one cell, if they are not too frequent."""
_MIN_CALLS = 8
"""Calls that are watched however frequent they are."""
_CALL_COST_S = 8e-5
"""About what the watch over one call costs."""
_MAX_SHARE = 0.005
"""Of the cell's time."""
_LATER_S = 1.0
_LATER_SHARE = 0.001
"""After so long in a cell, once a call has gone unwatched: they cannot be counted anyway, and what
comes after a loop is told by `RootCalls.watch_one`."""
_MAX_TRIFLES = 800
"""Calls that the hook lets pass in one cell: of modules without parameters and children, and of
children of a root that is not watched."""
_MAX_PARTS = 100
"""Parts of such roots that are watched in one cell."""
_MAX_NEWS = 100
"""Calls of new kinds that are watched in any case in one cell."""
_GLANCE_COST_S = 1e-4
"""About what it costs to see that a call is of a kind that is known: two exchanges of code, after
which the interpreter has to specialize again what calls modules."""
_GLANCES_S = 0.002
_GLANCES_SHARE = 0.003
"""What such glances may take in a cell in any case, and of its time."""
_PERIOD_S, _LATER_PERIOD_S = 0.05, 0.1
"""Time between calls that are watched after these, in the first second of a cell and later."""
_PART = "autograd"


class RootCallListener(Protocol):
    """Is told of root calls, on the thread that makes them."""

    def knows(self, module: Any, caller: FrameType) -> bool:
        """Whether another such call would tell nothing new; ``caller`` as for `called`."""

    def called(self, module: Any, caller: FrameType) -> Any:
        """The root is about to run; the answer is given back when it has returned.

        ``caller``: the frame from which the way leads to what calls it.
        """

    def returned(self, call: Any, module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """The call has succeeded."""

    def part_returned(
        self, call: Any, module: Any, since: int, inputs: tuple[Any, ...], output: Any
    ) -> None:
        """A part of the root has returned, and the root may have its return still before it.

        ``since``: the sequence number of the first node that autograd may have made in the call.
        ``inputs``, ``output``: of the part.
        """


class _Watched(NamedTuple):
    """A root call on its way."""

    told: Any
    """What the listener gave for it."""
    root: Any = None
    """If the call is one of a part of it."""


class RootCalls:
    """Watches for root calls, one at a time and one cell at a time."""

    def __init__(self, health: Health, listener: RootCallListener) -> None:
        """``listener`` is told."""
        self._health = health
        self._listener = listener
        self._switches: Switches | None = None
        self._calls = 0
        self._granted = 0
        self._started = 0.0
        self._trifles_left = 0
        self._wanted = False
        self._is_armed = False
        self._within_root = False
        self._may_be_nested = False
        self._pauses = 0
        self._given_up = False
        self._only_glances = False
        self._news_left = _MAX_NEWS
        self._glances = 0
        self._next_glance = 0.0
        self._code_is_guarded = False
        self._next_look = 0.0
        self._outer: OuterCalls | None = None
        self._parts_left = 0
        self._told: Any = None
        """What the listener gave for the root whose parts come."""
        self._since = 0
        self.complete = True
        """No call has gone unwatched because too many came before it."""
        self.spent_s = 0.0
        """What the watch has taken since `start`, the listener's part included."""

    def attach(self, torch: ModuleType) -> None:
        """Prepare; nothing is watched before `start`."""
        self._module = torch.nn.Module
        self._namespace = namespace_reader(torch.nn.Module)
        self._is_compiling = is_recorded(torch)
        self._next_node = numbering(torch)
        self._outer = OuterCalls(torch.nn.Module)
        try:
            self._switches = Switches(self, call_switch(torch.nn.Module))
        except Exception as error:  # the rest of autograd can be told without
            self._health.failed(_PART, error)

    def start(self) -> None:
        """A cell begins."""
        if self._switches is not None:
            self._switches.forget_the_dead()
        self.spent_s = 0.0
        self._calls = 0
        self._granted = _MIN_CALLS
        self._started = clocks.perf_counter()
        self._trifles_left = _MAX_TRIFLES
        self.complete = self._switches is not None and not self._code_is_guarded
        self._given_up = False
        self._only_glances = False
        self._news_left = _MAX_NEWS
        self._glances = 0
        self._next_glance = 0.0
        self._next_look = self._started + _PERIOD_S
        self._wanted = True
        self._within_root = False
        self._may_be_nested = False
        self._pauses = 0
        self._forget_outer()
        self._parts_left = _MAX_PARTS
        self._arm()

    def stop(self) -> None:
        """The cell has ended."""
        self._wanted = False
        self._forget_outer()
        self._disarm()

    def learn(self, classes: Iterable[type]) -> None:
        """Watch calls of these classes of modules as well, from the next cell on."""
        if self._switches is not None and not self._code_is_guarded:
            self._switches.learn(classes)

    def pause(self) -> None:
        """Look away, until `resume` was called as often."""
        self._pauses += 1
        if self._is_armed:
            self._disarm()

    def compiled(self) -> None:
        """A compilation has ended: is the code of ``Module.__call__`` a part of what it made?

        Where a class has a ``__call__`` of its own that goes on to PyTorch's, it is, and what was
        compiled is compiled again whenever it meets other code there. No call is watched then.
        """
        if not self._code_is_guarded and has_own_call(self._module):
            self._code_is_guarded = True
            self.complete = False
        self.resume()

    def resume(self) -> None:
        """Look again."""
        self._pauses = max(0, self._pauses - 1)
        self._arm()

    def resume_and_look(self) -> None:
        """Look again, and watch one more call in any case if the last such was some time ago."""
        # All that a loop pays for with each batch: each call of a function counts.
        self._pauses = pauses = self._pauses - 1 if self._pauses > 0 else 0
        if clocks.perf_counter() > self._next_look:
            self.look_again()
        elif not pauses and not self._given_up:
            self._arm()

    def look_again(self) -> None:
        """Watch one more call in any case, if the last such was some time ago.

        Called whenever something of a program's pace happens: a step, a batch; and by the
        sampling thread.
        """
        now = clocks.perf_counter()
        if now > self._next_look:
            is_early = now < self._started + _LATER_S
            self._next_look = now + (_PERIOD_S if is_early else _LATER_PERIOD_S)
            self.watch_one()

    def glance(self, now: float) -> float:
        """Watch the next call if it is of a new kind: an optimizer steps, and its loop may be over.

        Returns when to glance again; ``now`` and that are of `clocks.perf_counter`.
        """
        # Armed again also where another thread's request came just as this one gave up. A root that
        # is watched while it steps arms the watch itself, and with what that had to spend.
        away = self._is_armed or self._within_root or self._pauses
        if now >= self._next_glance and not away:
            self._glances += 1
            earned = (self._glances * _GLANCE_COST_S - _GLANCES_S) / _GLANCES_SHARE
            self._next_glance = self._started + earned
            self._only_glances = True
            self._trifles_left = max(self._trifles_left, 20)
            self._may_be_nested, self._given_up = True, False
            self._arm()
            self.spent_s += clocks.perf_counter() - now
        return self._next_glance

    def watch_one(self) -> None:
        """Watch one more call in any case."""
        self._only_glances = False
        self._granted = max(self._granted, 1)
        self._trifles_left = max(self._trifles_left, 20)
        self._parts_left = max(self._parts_left, 10)
        # Whoever gave up did so at a root, but now one may be running.
        self._may_be_nested = self._may_be_nested or self._given_up
        self._given_up = False
        self._arm()

    def _arm(self) -> None:
        away = self._given_up or self._within_root or self._pauses or self._code_is_guarded
        if self._wanted and not away and self._switches is not None:
            self._switches.arm()
            self._is_armed = True

    def _disarm(self) -> None:
        self._is_armed = False
        if self._switches is not None:
            self._switches.disarm()

    def entered(self, module: Any) -> _Watched | None:
        """A module is called: watch it if it is a root."""
        if self._is_compiling():
            return None
        began = clocks.perf_counter()
        try:
            if self._within_root:
                return None  # another thread got past the switch at the same time
            nested = self._may_be_nested and self._is_nested()
            if nested or self._is_trifle(module):
                self._trifles_left -= 1
                if self._trifles_left < 0:
                    self._give_up()
                return None
            # On the stack: this method, the switch, the call itself, and what calls.
            caller, root = sys._getframe(3), None
            outer = None if self._outer is None else self._outer.find(caller, module)
            if outer is not None:
                caller = outer.caller or caller
                root = None if outer.module is module else outer.module
                self.complete = self.complete and outer.is_known
            if root is not None and outer is not None and not outer.is_new:
                return self._watch_part(root)
            affordable = not self._only_glances and self._can_afford()
            if not affordable and not self._is_news(module if root is None else root, caller):
                self._give_up()
                return None
            self._calls += 1
            self._may_be_nested = False
            self._within_root = True
            self._disarm()
            if root is None:
                return _Watched(self._listener.called(module, caller))
            self._since = self._next_node()
            self._told = self._listener.called(root, caller)
            return _Watched(self._told, root)
        except Exception as error:
            self._health.failed(_PART, error)
            return None
        finally:
            self.spent_s += clocks.perf_counter() - began

    def left(self, call: _Watched, module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """The root has returned."""
        began = clocks.perf_counter()
        try:
            if self._is_compiling():
                pass
            elif call.root is None:
                self._listener.returned(call.told, module, inputs, output)
            else:
                told, root = call
                self._listener.part_returned(told, root, self._since, inputs, output)
        except Exception as error:
            self._health.failed(_PART, error)
        self.failed(call)
        self.spent_s += clocks.perf_counter() - began

    def failed(self, call: _Watched) -> None:
        """The root is over, in whatever way."""
        self._within_root = False
        self._arm()

    def _watch_part(self, root: Any) -> _Watched | None:
        """Another part of the root that is running: what it calls in turn is no part to tell."""
        self._parts_left -= 1
        if self._parts_left < 0:
            self._give_up()
            return None
        self._within_root = True
        self._disarm()
        return _Watched(self._told, root)

    def _forget_outer(self) -> None:
        self._told = None
        if self._outer is not None:
            self._outer.forget()

    def _can_afford(self) -> bool:
        if self._granted > 0:
            self._granted -= 1
            return True
        seconds = clocks.perf_counter() - self._started
        most = _MAX_SHARE if self.complete or seconds < _LATER_S else _LATER_SHARE
        return self._calls < MAX_CALLS and self._calls * _CALL_COST_S < most * seconds

    def _is_news(self, module: Any, caller: FrameType) -> bool:
        """Whether a call is of a new kind: then it is watched, and the next two."""
        if self._news_left <= 0 or self._listener.knows(module, caller):
            return False
        self._news_left -= 1
        self._only_glances, self._granted = False, 2
        return True

    def _give_up(self) -> None:
        self.complete = False
        self._given_up = True
        self._disarm()

    def _is_trifle(self, module: Any) -> bool:
        """An activation, a loss, a transform of images: none is a model."""
        own = self._namespace(module)
        return not (_is_filled(own.get("_parameters")) or _is_filled(own.get("_modules")))

    def _is_nested(self) -> bool:
        """Whether another module's call is below this one on the stack.

        The sampling thread may look again while a root runs that nobody watches; the next call is
        then one of its children.
        """
        # On the stack: this method, `entered`, the switch, and the call itself.
        return self._switches is not None and self._switches.is_within(sys._getframe(4))


def _is_filled(registered: Any) -> bool:
    """Whether a module has registered something, without asking a class of the user's."""
    return issubclass(type(registered), dict) and dict.__len__(registered) > 0

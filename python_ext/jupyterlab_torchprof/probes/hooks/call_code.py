"""Sees calls of modules by exchanging the code of ``Module.__call__`` while one is waited for.

Nothing of this can be seen by a compiler: the function stays the same object, no hook stands in
PyTorch's dictionaries, no class has changed. ``torch.compile`` never runs this function in
compiled code: it knows it by identity and compiles what it calls. The other code is made of the
function's own source, so its lines in tracebacks are the same, and no frame is added to them.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from types import FrameType, FunctionType
from typing import Any, Protocol

from ..objects.kinds import look_up, namespace_of
from .frames import keep_frame_out
from .watched_code import watched_code


class CallWatcher(Protocol):
    """Is told of calls while it is armed; must not raise."""

    def entered(self, module: Any) -> Any:
        """A module is about to be called; ``None``: its return does not matter."""

    def left(self, call: Any, module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """It has returned; ``call`` is what `entered` gave."""

    def failed(self, call: Any) -> None:
        """It has raised."""


class CallSwitch:
    """The exchange of one function's code, for all who watch."""

    def __init__(self, function: FunctionType, owner: str = "Module") -> None:
        """``owner``: name of the class that has it. Holds the function weakly.

        Raises ValueError if the function's source cannot be read, or cannot be changed so.
        """
        self._function = weakref.ref(function)
        self._watchers: dict[int, CallWatcher] = {}
        self.original = function.__code__
        self.watched = watched_code(function.__code__, owner, self)
        keep_frame_out(self.watched, and_below=False)

    def arm(self, watcher: CallWatcher) -> None:
        """Tell ``watcher`` of each call from now on; to arm twice is to arm once."""
        self._watchers[id(watcher)] = watcher
        self._apply()

    def disarm(self, watcher: CallWatcher) -> None:
        """Tell it no more, but of the return of the calls that it knows."""
        if self._watchers.pop(id(watcher), None) is not None:
            self._apply()

    def is_alive(self) -> bool:
        """Whether the function is still there."""
        return self._function() is not None

    def is_within(self, frame: FrameType | None) -> bool:
        """Whether a call of a module is on the stack from ``frame`` on."""
        while frame is not None:
            if frame.f_code is self.original or frame.f_code is self.watched:
                return True
            frame = frame.f_back
        return False

    def _apply(self) -> None:
        # Without a lock, which a process forked at the wrong moment would never get: of several
        # threads, each looks again after it has written, so the last one to write is right.
        function = self._function()
        while function is not None:
            wanted = self.watched if self._watchers else self.original
            now = function.__code__
            if now is wanted or (now is not self.original and now is not self.watched):
                return  # as it should be, or somebody else's by now
            function.__code__ = wanted

    # What the exchanged code calls.

    def enter(self, module: Any) -> list[tuple[CallWatcher, Any]] | None:
        """Tell all who watch."""
        calls = []
        try:
            for watcher in tuple(self._watchers.values()):
                call = watcher.entered(module)
                if call is not None:
                    calls.append((watcher, call))
        except RecursionError:  # the program's own: it is to end in its own code
            return calls or None
        return calls or None

    def leave(
        self,
        calls: list[tuple[CallWatcher, Any]] | None,
        module: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Any,
    ) -> Any:
        """Tell those who wait for the return, and give back the output."""
        if calls is not None:
            inputs = _all_of(args, kwargs)
            for watcher, call in calls:
                watcher.left(call, module, inputs, output)
        return output

    def fail(self, calls: list[tuple[CallWatcher, Any]] | None) -> None:
        """Tell them that it will not return."""
        for watcher, call in calls or ():
            watcher.failed(call)


def _all_of(args: Any, kwargs: Any) -> tuple[Any, ...]:
    """What was given; nothing if the names of a class's own call stand for something else."""
    positional = args if type(args) is tuple else ()
    return (*positional, *(dict.values(kwargs) if type(kwargs) is dict else ()))


_switches: weakref.WeakKeyDictionary[FunctionType, CallSwitch] = weakref.WeakKeyDictionary()


_unseen: weakref.WeakSet[FunctionType] = weakref.WeakSet()
"""Functions whose source cannot be followed: it is read once."""


def call_switch(module: type) -> CallSwitch:
    """The switch of this ``torch.nn.Module``, one for all who ask.

    Raises:
        ValueError: it is not built as expected, or its source cannot be read.
    """
    function = vars(module).get("_wrapped_call_impl")
    if not isinstance(function, FunctionType):
        raise ValueError("calls of modules cannot be seen: Module._wrapped_call_impl is missing")
    if function not in _switches:
        _switches[function] = CallSwitch(function)
    return _switches[function]


def own_call_switch(cls: type) -> CallSwitch | None:
    """The switch of the ``__call__`` that a class of modules has, if that is not PyTorch's.

    ``None``: it has none, or one whose calls cannot be seen.
    """
    function = look_up(cls, "__call__")
    if type(function) is not FunctionType or _is_of_torch_module(function):
        return None
    if function in _unseen:
        return None
    if function not in _switches:
        owner = function.__qualname__.rpartition(".")[0].rpartition(".")[2]
        try:
            _switches[function] = CallSwitch(function, owner)
        except (ValueError, SyntaxError):
            _unseen.add(function)
            return None
    return _switches[function]


def has_own_call(module: type) -> bool:
    """Whether a class of modules that is not PyTorch's defines ``__call__``."""
    return any(
        "__call__" in namespace_of(cls) and not _is_of_torch(cls) for cls in _subclasses(module)
    )


def _subclasses(cls: type) -> Iterator[type]:
    subclasses: list[type] = type.__subclasses__(cls)
    for subclass in subclasses:
        yield subclass
        yield from _subclasses(subclass)


def _is_of_torch_module(function: FunctionType) -> bool:
    return str(function.__module__).partition(".")[0] == "torch"


def _is_of_torch(cls: type) -> bool:
    return str(namespace_of(cls).get("__module__")).partition(".")[0] == "torch"

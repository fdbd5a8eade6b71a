"""Finds modules that are running without a call of PyTorch's ``Module.__call__``.

Two ways lead there: the program calls ``net.forward(x)`` itself, or a class has a ``__call__`` of
its own that does not go on to PyTorch's. Nobody can be told of such a call without changing what
compilers see. But mostly the module calls others, which are seen: the stack then says within whose
forward that is.
"""

from __future__ import annotations

import dis
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any, NamedTuple

from ..objects.kinds import namespace_of
from .own_arguments import first_argument, has_first_argument

_MOST_FRAMES = 100
_MOST_WRAPPERS = 8
_METHODS = ("forward", "__call__")
"""What the names of methods begin with in which a module computes; ``forward_features``."""
_TOPS = ("<module>", "<cell line")
_mro: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__


class Outer(NamedTuple):
    """A module whose method is running. Drop it soon."""

    module: Any
    caller: FrameType | None
    """What has called it."""
    is_new: bool
    """This execution of it was not met before."""
    is_known: bool
    """Whether that is certain."""


@dataclass(slots=True)
class _Execution:
    """One execution of an outer method: where it was, and what it called, when it was met first."""

    module: weakref.ref[Any]
    frame: int
    """Its id, which another frame may have later."""
    inner: weakref.ref[Any]
    positions: tuple[int, ...]
    """Of the outer and of the frames within it, in their code."""
    caller: tuple[int, int]
    """Which code has called it, and where in that."""
    loops: int
    """Around the first call: there it may come again within one execution."""
    others: bool = False
    """Other modules were called at the same positions, as by a loop over layers."""


class OuterCalls:
    """Of one thread at a time, and one cell at a time."""

    def __init__(self, module: type) -> None:
        """``module``: PyTorch's class."""
        self._module = module
        self._methods: dict[int, tuple[CodeType, bool]] = {}
        self._owners: dict[tuple[int, int], tuple[type, bool]] = {}
        """By the ids of a class and of the code: whether it is a method of the class."""
        self._loops: dict[int, tuple[CodeType, dict[int, int]]] = {}
        """By the code's id: last position by first position. The code is kept with what is known
        of it: else another could get its id."""
        self._last: _Execution | None = None

    def forget(self) -> None:
        """A cell begins or has ended."""
        self._methods.clear()
        self._owners.clear()
        self._loops.clear()
        self._last = None

    def find(self, frame: FrameType | None, inner: Any) -> Outer | None:
        """The outermost module within whose method ``frame`` calls the module ``inner``."""
        found: tuple[FrameType, Any, int] | None = None
        way: list[FrameType] = []
        for _ in range(_MOST_FRAMES):
            if frame is None or frame.f_code.co_name.startswith(_TOPS):
                break
            way.append(frame)
            if frame.f_code.co_name.startswith(_METHODS):
                module = self._module_of(frame)
                if module is not None:
                    found = frame, module, len(way)
            frame = frame.f_back
        if found is None:
            return None
        outer, module, depth = found
        if module is inner:
            return Outer(module, outer.f_back, is_new=True, is_known=True)
        return self._told(outer, module, inner, way[:depth])

    def _module_of(self, frame: FrameType) -> Any:
        """Whose method the frame runs; ``None``: no module's, or it cannot be told."""
        code = frame.f_code
        known = self._methods.get(id(code))
        if known is None:
            known = self._methods[id(code)] = (code, has_first_argument(code))
        if not known[1]:
            return None
        thing = first_argument(frame)
        if not issubclass(type(thing), self._module):
            return None
        key = id(type(thing)), id(code)
        owner = self._owners.get(key)
        if owner is None:
            owner = self._owners[key] = type(thing), _is_method(type(thing), code)
        return thing if owner[1] else None

    def _told(self, outer: FrameType, module: Any, inner: Any, way: list[FrameType]) -> Outer:
        positions = tuple(frame.f_lasti for frame in way)
        caller = _position(outer.f_back)
        last = self._last
        is_same = last is not None and (last.frame, last.caller) == (id(outer), caller)
        if is_same and last is not None and last.module() is module:
            # The first call that was seen comes first in the next execution, too, whose frame is
            # likely to have the same id.
            is_there = last.positions == positions
            again = is_there and last.inner() is inner
            last.others = last.others or (is_there and not again)
            # A loop over layers calls each once.
            if not again or last.loops > last.others:
                return Outer(module, outer.f_back, is_new=False, is_known=not again)
        self._last = _Execution(
            weakref.ref(module),
            id(outer),
            weakref.ref(inner),
            positions,
            caller,
            sum(self._loops_around(frame) for frame in way),
        )
        return Outer(module, outer.f_back, is_new=True, is_known=True)

    def _loops_around(self, frame: FrameType) -> int:
        code, position = frame.f_code, frame.f_lasti
        known = self._loops.get(id(code))
        if known is None:
            known = self._loops[id(code)] = (code, _loops_of(code))
        return sum(first <= position <= last for first, last in known[1].items())


def _position(frame: FrameType | None) -> tuple[int, int]:
    return (0, 0) if frame is None else (id(frame.f_code), frame.f_lasti)


def _is_method(cls: type, code: CodeType) -> bool:
    """Whether a class of modules, or one of its bases, has this code as the method of its name."""
    for base in _mro(cls):
        method = namespace_of(base).get(code.co_name)
        for _ in range(_MOST_WRAPPERS):
            if type(method) is MethodType:
                method = method.__func__
            if type(method) is not FunctionType:
                break
            if method.__code__ is code:
                return True
            method = method.__dict__.get("__wrapped__")
    return False


def _loops_of(code: CodeType) -> dict[int, int]:
    """The last position of each loop by its first."""
    loops: dict[int, int] = {}
    for instruction in dis.get_instructions(code):
        if instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs:
            target = instruction.argval
            if type(target) is int and target < instruction.offset:
                loops[target] = instruction.offset
    return loops

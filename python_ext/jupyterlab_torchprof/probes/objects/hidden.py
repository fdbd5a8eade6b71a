"""What functions and suspended generators keep: closures, default arguments, local variables.

No walk over plain objects comes there. Nothing is called: cells, defaults and the arguments of a
`functools.partial` are read by the types' own descriptors, and a generator is asked for what it
refers to, for before Python 3.13 to read ``gi_frame.f_locals`` would keep its variables alive.
"""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from types import CellType, FunctionType, GeneratorType, MethodType
from typing import Any

from ..holding.frame_locals import content, frame_locals, names_in_order
from .paths import Step, Trail, root_name, variable
from .tensors import Tensors
from .variables import Variables
from .walk import Found

_MOST_THINGS = 2000
"""Functions, generators and containers that are looked at."""
_ELEMENTS = 64
"""Of a container of functions."""
_DEPTH = 3
"""Functions within functions."""
_LOOKED_INTO = frozenset(map(id, (FunctionType, MethodType, GeneratorType, partial)))
_CONTAINERS = frozenset(map(id, (list, tuple, dict)))
_closure = FunctionType.__dict__["__closure__"].__get__
_code = FunctionType.__dict__["__code__"].__get__
_defaults = FunctionType.__dict__["__defaults__"].__get__
_kwdefaults = FunctionType.__dict__["__kwdefaults__"].__get__


def find_hidden(tensors: Tensors, variables: Variables) -> list[Found]:
    """What the functions and generators keep that are variables, or in a container that is one."""
    found: list[Found] = []
    seen: set[int] = set()
    some = list(islice(_things(variables), _MOST_THINGS))
    some.sort(key=lambda one: root_name(one[1])[:1] == "_")  # what was displayed is `_7`, too
    pending = deque((*one, _DEPTH) for one in some)
    while pending:
        thing, trail, depth = pending.popleft()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        for value, way in _kept_by(thing, trail):
            if id(type(value)) in _LOOKED_INTO:
                if depth:
                    pending.append((value, way, depth - 1))
            elif tensors.kind(value):
                found.append((value, way))
    return found


def _things(variables: Variables) -> Iterator[Found]:
    looked_into, containers = _LOOKED_INTO, _CONTAINERS
    for name, thing in variables.objects:
        kind = id(type(thing))
        if kind in looked_into:
            yield thing, variable(name)
        elif kind in containers and thing and name[:1] != "_" and name not in ("In", "Out"):
            keyed = dict.items(thing) if type(thing) is dict else enumerate(thing)
            for key, each in list(islice(keyed, _ELEMENTS)):
                if id(type(each)) in looked_into:
                    yield each, (variable(name), Step.ITEM, key)


def _kept_by(thing: Any, trail: Trail) -> Iterator[Found]:
    cls = type(thing)
    if cls is FunctionType:
        return _of_function(thing, trail)
    if cls is MethodType:
        return iter(
            [
                (thing.__self__, (trail, Step.ATTRIBUTE, "__self__")),
                (thing.__func__, trail),
            ]
        )
    if cls is partial:
        arguments = enumerate(thing.args), thing.keywords.items()
        return ((value, (trail, Step.LOCAL, key)) for key, value in chain(*arguments))
    return _of_generator(thing, trail)


def _of_function(function: FunctionType, trail: Trail) -> Iterator[Found]:
    cells, defaults, by_name = _closure(function), _defaults(function), _kwdefaults(function)
    if cells:
        for name, cell in zip(_code(function).co_freevars, cells, strict=False):
            if type(cell) is CellType:
                yield content(cell), (trail, Step.LOCAL, name)
    if defaults:
        code = _code(function)
        names = code.co_varnames[: code.co_argcount][-len(defaults) :]
        for name, value in zip(names, defaults, strict=False):
            yield value, (trail, Step.LOCAL, name)
    if type(by_name) is dict:
        for name, value in list(by_name.items()):
            yield value, (trail, Step.LOCAL, name)


def _of_generator(generator: Any, trail: Trail) -> Iterator[Found]:
    """Its variables: without names where some have no value, as nobody can tell which."""
    if generator.gi_running:
        return
    if (3, 11) <= sys.version_info < (3, 13):
        # Its frame is a part of it; to ask for the frame would make an object of it.
        code = generator.gi_code
        referents = gc.get_referents(generator)
        at = max((i for i, thing in enumerate(referents) if thing is code), default=len(referents))
        values = [content(value) for value in referents[at + 1 :]]
        names: list[str] | list[None] = names_in_order(code)
        if len(names) != len(values):
            names = [None] * len(values)
        pairs: list[tuple[str | None, Any]] = list(zip(names, values, strict=True))
    else:
        frame = generator.gi_frame
        pairs = [] if frame is None else frame_locals(frame)
    for index, (name, value) in enumerate(pairs):
        yield value, (trail, Step.ELEMENT, index) if name is None else (trail, Step.LOCAL, name)

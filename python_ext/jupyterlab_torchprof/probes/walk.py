"""One bounded walk over the objects that some roots can reach: finds the tensors and modules.

Breadth first, and the roots in turns, so that one huge list does not hide what stands beside it.
Only built-in containers, plain objects' own attributes and modules are looked into,
and never through code of the user's classes: no property, ``__getattr__``, ``__iter__`` or
``__len__`` runs, no lazily loading proxy loads, no generator advances.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any, NamedTuple

from .paths import Step, Trail, variable
from .tensors import Kind, Tensors, fields_of

_TURN = 512
"""Elements of a container that are looked at before the other roots have their turn."""
_OBJECT_DEPTH = 2
"""Plain objects within plain objects."""
_IPYTHONS = frozenset({"In", "Out", "_ih", "_oh", "_dh", "_sh", "__builtins__"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a walk stops."""

    objects: int = 100_000
    seconds: float = 0.005
    """Of this thread's processor time, so that a busy machine does not cut it short."""


class Found(NamedTuple):
    """An object and the way to it."""

    thing: Any
    trail: Trail


class Part(NamedTuple):
    """One module of a tree of modules."""

    module: Any
    trail: Trail
    parent: int | None
    """Index of the module that has it as a child, in the list that this part is in."""
    tensors: list[tuple[str, Any, bool]]
    """Name, tensor and whether it is a parameter."""


@dataclass(slots=True)
class Walk:
    """What was found. Holds the user's objects: drop it before the next cell runs."""

    tensors: list[Found] = field(default_factory=list)
    """Tensors that are no module's parameter or buffer; each object once."""
    modules: list[list[Part]] = field(default_factory=list)
    """Trees of modules, each from its root down; a root is in no tree before its own."""
    visited: int = 0
    truncated: bool = False


def walk_namespace(tensors: Tensors, namespace: Mapping[str, Any], bounds: Bounds) -> Walk:
    """Walk from the user's variables; IPython's own are left out."""
    things = list(dict.items(namespace)) if isinstance(namespace, dict) else []
    outputs = _outputs(namespace)
    roots = [
        Found(thing, variable(name))
        for name, thing in things
        if type(name) is str
        and not (name in _IPYTHONS or (name[:1] == "_" and id(thing) in outputs))
    ]
    return walk(tensors, roots, bounds, leave_out={id(namespace)})


def walk(
    tensors: Tensors, roots: Iterable[Found], bounds: Bounds, *, leave_out: Iterable[int] = ()
) -> Walk:
    """Walk from ``roots``; objects with the ids ``leave_out`` are not looked at."""
    with tensors.quiet():
        return _Walker(tensors, bounds, set(leave_out)).run(roots)


def _outputs(namespace: Mapping[str, Any]) -> set[int]:
    """Ids of the displayed results, which IPython keeps as ``_``, ``__``, ``_7`` and so on."""
    kept = namespace.get("_oh")
    return {id(value) for value in dict.values(kept)} if type(kept) is dict else set()


class _Turn(NamedTuple):
    """A container, or the rest of it."""

    kind: Kind
    container: Any
    trail: Trail
    depth: int
    """Plain objects on the way."""
    rest: tuple[Iterator[Any], Iterator[Any], Step] | None = None
    """Keys, values, and how a value is reached."""


class _Walker:
    def __init__(self, tensors: Tensors, bounds: Bounds, seen: set[int]) -> None:
        self._tensors = tensors
        self._bounds = bounds
        self._seen = seen
        self._in_trees: set[int] = set()
        self._found = Walk()
        self._queue: deque[_Turn] = deque()
        self._deadline = time.thread_time() + bounds.seconds

    def run(self, roots: Iterable[Found]) -> Walk:
        # Modules first: a variable that holds a parameter is that parameter, no tensor more.
        modules: list[Found] = []
        others: list[Found] = []
        for root in roots:
            is_module = self._tensors.kind(root.thing) is Kind.MODULE
            (modules if is_module else others).append(root)
        self._walk_in_turns(modules)
        self._walk_in_turns(others)
        return self._found

    def _walk_in_turns(self, roots: Iterable[Found]) -> None:
        """Walk from several roots, each with a queue of its own."""
        queues: deque[deque[_Turn]] = deque()
        for thing, trail in roots:
            self._meet(thing, trail, 0)
            if self._queue:
                queues.append(self._queue)
                self._queue = deque()
        while queues and not self._is_over():
            self._queue = queues.popleft()
            self._take_turn(self._queue.popleft())
            if self._queue:
                queues.append(self._queue)
                self._queue = deque()

    def _is_over(self) -> bool:
        if self._found.visited > self._bounds.objects or time.thread_time() > self._deadline:
            self._found.truncated = True
        return self._found.truncated

    def _meet(self, thing: Any, trail: Trail, depth: int) -> None:
        self._found.visited += 1
        kind = self._tensors.kind(thing)
        if kind is Kind.OPAQUE or id(thing) in self._seen:
            return
        self._seen.add(id(thing))
        if kind is Kind.TENSOR:
            self._found.tensors.append(Found(thing, trail))
        elif kind is not Kind.OBJECT:
            self._queue.append(_Turn(kind, thing, trail, depth))
        elif depth < _OBJECT_DEPTH:
            self._queue.append(_Turn(kind, thing, trail, depth + 1))

    def _take_turn(self, turn: _Turn) -> None:
        if turn.kind is Kind.MODULE:
            self._enter_module(turn)
            return
        keys, values, step = turn.rest or self._open(turn)
        try:
            some = list(islice(values, _TURN))
            ways = list(islice(keys, len(some)))
        except RuntimeError:  # another thread changed the container
            self._found.truncated = True
            return
        if self._tensors.any_of_interest(some):
            for key, value in zip(ways, some, strict=False):
                self._meet(value, Trail(turn.trail, step, key), turn.depth)
        else:
            self._found.visited += len(some)
        if len(some) == _TURN:
            self._queue.append(turn._replace(rest=(keys, values, step)))

    def _open(self, turn: _Turn) -> tuple[Iterator[Any], Iterator[Any], Step]:
        """Keys and values of a container, by its built-in base's own methods."""
        thing = turn.container
        if turn.kind is Kind.MAPPING:
            return iter(dict.keys(thing)), iter(dict.values(thing)), Step.ITEM
        if turn.kind is Kind.OBJECT:
            attributes = self._tensors.attributes(thing)
            return iter(attributes), iter(attributes.values()), Step.ATTRIBUTE
        if turn.kind is Kind.SET:
            own = set.__iter__ if issubclass(type(thing), set) else frozenset.__iter__
            return count(), own(thing), Step.ELEMENT
        if turn.kind is Kind.QUEUE:
            return count(), deque.__iter__(thing), Step.ITEM
        fields = fields_of(type(thing))
        if fields is not None:
            return iter(fields), tuple.__iter__(thing), Step.ATTRIBUTE
        own_iter = list.__iter__ if issubclass(type(thing), list) else tuple.__iter__
        return count(), own_iter(thing), Step.ITEM

    def _enter_module(self, turn: _Turn) -> None:
        """List the module's tree, and meet what its modules hold besides."""
        if id(turn.container) in self._in_trees:
            return
        tensors = self._tensors
        parts: list[Part] = []
        within = {id(turn.container)}
        stack: list[tuple[Any, Trail, int | None]] = [(turn.container, turn.trail, None)]
        while stack and not (len(parts) % 64 == 63 and self._is_over()):
            module, trail, parent = stack.pop()
            index = len(parts)
            own = tensors.own_tensors(module)
            parts.append(Part(module, trail, parent, own))
            self._seen.add(id(module))
            self._in_trees.add(id(module))
            self._seen.update(id(tensor) for _name, tensor, _is_parameter in own)
            self._found.visited += 1 + len(own)
            for name, value in tensors.attributes_of_interest(module):
                self._meet(value, Trail(trail, Step.ATTRIBUTE, name), turn.depth)
            named = tensors.has_named_children(module)
            for name, child in reversed(tensors.children(module)):
                if id(child) not in within:
                    within.add(id(child))
                    stack.append((child, child_trail(trail, name, named), index))
        self._found.modules.append(parts)


def child_trail(parent: Trail, name: str, in_dictionary: bool) -> Trail:
    """The way to a module's child: ``layers[0]``, ``heads["a"]``, ``encoder``."""
    if in_dictionary:
        return Trail(parent, Step.ITEM, name)
    if name.isdecimal():
        return Trail(parent, Step.ITEM, int(name))
    return Trail(parent, Step.ATTRIBUTE, name)

"""One bounded walk over the objects that some roots can reach: finds the tensors and modules.

Breadth first, and the roots in turns, so that one huge list does not hide what stands beside it.
Only built-in containers, plain objects' own attributes and modules are looked into,
and never through code of the user's classes: no property, ``__getattr__``, ``__iter__`` or
``__len__`` runs, no lazily loading proxy loads, no generator advances.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from operator import length_hint
from types import MappingProxyType
from typing import Any

from ... import clocks
from .failures import Failures
from .kinds import Kind, viewed
from .members import Members, open_container
from .paths import Step, Trail, variable
from .tensors import Tensors
from .trees import KnownTrees, Other, Tree, list_parts, signature_of
from .variables import Variables

_TURN = 512
"""Objects that are looked at before it is the turn of the next root."""
_FEW = 64
"""Elements that are not worth a look at their types all at once."""
_TENSOR, _MODULE, _OBJECT, _VIEW = Kind.TENSOR, Kind.MODULE, Kind.OBJECT, Kind.VIEW
_IPYTHONS = frozenset({"In", "Out", "_ih", "_oh", "_dh", "_sh", "__builtins__"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a walk stops."""

    objects: int = 100_000
    seconds: float = 0.005
    """Of this thread's processor time, so that a busy machine does not cut it short."""
    depth: int = 2
    """Plain objects within plain objects."""


Found = tuple[Any, Trail]
"""An object and the way to it."""


@dataclass(slots=True)
class Walk:
    """What was found. Holds the user's objects: drop it before the next cell runs."""

    tensors: list[Found] = field(default_factory=list)
    """Tensors that are no module's parameter or buffer; each object once."""
    modules: list[Tree] = field(default_factory=list)
    """Trees of modules; a root is in no tree before its own."""
    module_ids: set[int] = field(default_factory=set)
    """Of all modules in the trees."""
    optimizers: list[Found] = field(default_factory=list)
    """Those whose attributes were looked at."""
    seen: set[int] = field(default_factory=set)
    """Ids of all objects that were met."""
    visited: int = 0
    truncated: bool = False
    not_looked_at: int = 0
    """Where it was cut: what is in the containers to which it had the way, each counted by itself;
    at least so many objects were not looked at."""
    failures: Failures = field(default_factory=Failures)
    """Of roots that could not be walked from; the others were."""


def walk_namespace(
    tensors: Tensors,
    namespace: Mapping[str, Any],
    bounds: Bounds,
    known: KnownTrees | None = None,
    variables: Variables | None = None,
) -> Walk:
    """Walk from the user's variables; IPython's own are left out.

    ``variables``: those of the namespace, if they have been read already. Trees that are ``known``
    and have not changed are not listed.
    """
    variables = Variables(namespace) if variables is None else variables
    found = tensors.of_interest(variables.objects)
    hidden = any(name[:1] == "_" and name not in _IPYTHONS for name, _thing, _kind in found)
    outputs = _outputs(namespace) if hidden else set()
    roots = [
        (thing, variable(name))
        for name, thing, _kind in found
        if not (name in _IPYTHONS or (name[:1] == "_" and id(thing) in outputs))
    ]
    return walk(tensors, roots, bounds, leave_out={id(namespace)}, known=known)


def walk(
    tensors: Tensors,
    roots: Iterable[Found],
    bounds: Bounds,
    *,
    leave_out: Iterable[int] = (),
    known: KnownTrees | None = None,
) -> Walk:
    """Walk from ``roots``; objects with the ids ``leave_out`` are not looked at."""
    with tensors.quiet():
        return _Walker(tensors, bounds, set(leave_out), known).run(roots)


def walk_on(
    tensors: Tensors, roots: Iterable[Found], bounds: Bounds, before: Walk, known: KnownTrees
) -> Walk:
    """Walk from ``roots`` to what the walk before, which is still held, has not met."""
    with tensors.quiet():
        return _Walker(tensors, bounds, before.seen, known).run(roots)


def _outputs(namespace: Mapping[str, Any]) -> set[int]:
    """Ids of the displayed results, which IPython keeps as ``_``, ``__``, ``_7`` and so on."""
    kept = namespace.get("_oh")
    return {id(value) for value in dict.values(kept)} if type(kept) is dict else set()


_Turn = tuple[Kind, Any, Trail, int, Members | None]
"""A container, or the rest of it: its kind, itself, the way to it, and the plain objects on it."""


def _left(turn: _Turn) -> int:
    """How many objects are in a container that waits for its turn; of a rest it is one at least."""
    _kind, thing, _trail, _depth, rest = turn
    if rest is not None:
        return length_hint(rest[1])
    for base in (list, dict, tuple, set, deque):
        if issubclass(type(thing), base):
            return base.__len__(thing)
    return 1


class _Walker:
    def __init__(
        self, tensors: Tensors, bounds: Bounds, seen: set[int], known: KnownTrees | None
    ) -> None:
        self._tensors = tensors
        self._known = known
        self._bounds = bounds
        self._seen = seen
        self._found = Walk(seen=seen)
        self._in_trees = self._found.module_ids
        self._queue: deque[_Turn] = deque()
        self._made: list[Any] = []
        """Pairs that views have made: kept, so that their ids are not given to others."""
        self._deadline = clocks.thread_time() + bounds.seconds

    def run(self, roots: Iterable[Found]) -> Walk:
        # Modules first: a variable that holds a parameter is that parameter, no tensor more.
        modules: list[Found] = []
        others: list[Found] = []
        for root in roots:
            (modules if self._tensors.kind(root[0]) is _MODULE else others).append(root)
        self._walk_in_turns(modules)
        self._walk_in_turns(others)
        return self._found

    def _walk_in_turns(self, roots: list[Found]) -> None:
        """Walk from several roots, each with a queue of its own."""
        queues: deque[deque[_Turn]] = deque()
        self._found.visited += len(roots)
        for thing, trail in roots:
            self._meet(thing, self._tensors.kind(thing), trail, 0)
            if self._queue:
                queues.append(self._queue)
                self._queue = deque()
        while queues:
            for _ in range(min(len(queues), 16)):
                self._queue = queues.popleft()
                try:
                    self._take_turns()
                except Exception as error:  # what this root leads to is as nobody expects it
                    self._found.failures.add(error)
                    continue
                if self._queue:
                    queues.append(self._queue)
            if queues and self._is_over():  # every 16 turns: so many roots have had one
                self._found.not_looked_at += sum(_left(turn) for each in queues for turn in each)
                break
        self._queue = deque()

    def _is_over(self) -> bool:
        if self._found.visited > self._bounds.objects or clocks.thread_time() > self._deadline:
            self._found.truncated = True
        return self._found.truncated

    def _meet(self, thing: Any, kind: Kind, trail: Trail, depth: int) -> None:
        if not kind or id(thing) in self._seen:
            return
        self._seen.add(id(thing))
        if kind is _TENSOR:
            self._found.tensors.append((thing, trail))
        elif kind is not _OBJECT:
            self._queue.append((kind, thing, trail, depth, None))
            if self._tensors.has_attributes(thing) and depth < self._bounds.depth:
                self._queue.append((_OBJECT, thing, trail, depth + 1, None))
        elif self._tensors.is_optimizer(thing):  # what it keeps is large, however deep it is
            self._found.optimizers.append((thing, trail))
            self._queue.append((kind, thing, trail, depth + 1, None))
        elif depth < self._bounds.depth:
            self._queue.append((kind, thing, trail, depth + 1, None))

    def _take_turns(self) -> None:
        """Look into containers of one root until it is the turn of the next."""
        end = self._found.visited + _TURN
        while self._queue and self._found.visited < end:
            turn = self._queue.popleft()
            self._found.visited += 1
            if turn[0] is _MODULE:
                self._enter_module(turn)
            else:
                self._enter(turn)

    def _enter(self, turn: _Turn) -> None:
        kind, thing, trail, depth, rest = turn
        keys, values, step = rest or self._open(kind, thing)
        try:
            some = list(islice(values, _TURN))
            ways = list(islice(keys, len(some)))
        except RuntimeError:  # another thread changed the container
            self._found.truncated = True
            return
        self._found.visited += len(some)
        if len(some) < _FEW or self._tensors.any_of_interest(some):
            keyed = zip(ways, some, strict=False)
            for key, value, its_kind in self._tensors.of_interest(keyed):
                self._meet(value, its_kind, (trail, step, key), depth)
        if len(some) == _TURN:
            self._queue.append((kind, thing, trail, depth, (keys, values, step)))

    def _open(self, kind: Kind, thing: Any) -> Members:
        if kind is _VIEW:
            return self._open_view(thing)
        return open_container(self._tensors, kind, thing)

    def _open_view(self, view: Any) -> Members:
        """What a view of a dictionary shows; of other mappings nothing."""
        mapping, of_items = viewed(view)
        if not issubclass(type(mapping), dict):
            return iter(()), iter(()), Step.ITEM
        if type(view) is MappingProxyType:
            return iter(dict.keys(mapping)), iter(dict.values(mapping)), Step.ITEM
        if not of_items:
            return count(), iter(dict.values(mapping)), Step.ELEMENT
        pairs = list(islice(dict.items(mapping), self._bounds.objects))
        self._made.append(pairs)
        return count(), iter(pairs), Step.ELEMENT

    def _enter_module(self, turn: _Turn) -> None:
        """Find the module's tree, and meet what its modules hold besides."""
        _kind, root, trail, depth, _rest = turn
        if id(root) in self._in_trees:
            return
        tree = Tree(root, trail)
        signature: list[object] | None = None
        if self._known is not None:
            signature, others = signature_of(tree, self._tensors)
            if signature is not None:
                tree.known = self._known.find(tree, signature)
        if tree.known is None:
            others = self._list(tree, signature)
        else:
            self._in_trees |= tree.known.modules
            self._seen |= tree.known.seen
            self._found.visited += len(tree.known.seen)
        for value, kind, its_trail, _of_library in others:
            self._meet(value, kind, its_trail, depth)
        self._found.modules.append(tree)

    def _list(self, tree: Tree, signature: list[object] | None) -> list[Other]:
        """List the tree; remember it if it has a signature."""
        tree.listed, others = list_parts(self._tensors, tree.module, tree.trail, self._is_over)
        for part in tree.listed:
            self._in_trees.add(id(part.module))
            self._seen.add(id(part.module))
            self._seen.update([id(tensor) for _name, tensor, _is_parameter in part.tensors])
            self._found.visited += 1 + len(part.tensors)
        if self._known is not None and signature is not None and not self._found.truncated:
            self._known.remember(self._tensors, tree, signature, others)
        return others

"""The graph that one forward has recorded, and what becomes of it."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from ...record import ForwardGraph
from ..objects.paths import variable
from ..objects.tensors import Tensors
from ..objects.walk import Bounds, Walk, walk
from .graph import GraphWalk
from .kept import Graph, GraphBounds, Saved, sizes_of
from .retained import elements
from .weak_storage import WeakStorage

_WATCHED_STORAGES = 16
"""A graph keeps all of its storages alive: a few, the largest, tell for all."""
_BOUNDS = Bounds(objects=2000, seconds=0.001, depth=5)
"""For what a forward gets and returns."""


class WatchedGraph:
    """A measured graph; knows whether it is still there without keeping it so."""

    def __init__(
        self,
        entry: ForwardGraph,
        storages: list[WeakStorage],
        outputs: list[weakref.ref[Any]],
        numbers: frozenset[int],
    ) -> None:
        """``numbers``: sequence numbers of the nodes that made the outputs."""
        self.entry = entry
        self.numbers = numbers
        self.backwards = 0
        """Backwards that it was looked for in."""
        self._storages = storages
        self._outputs = outputs

    def replace(self, later: WatchedGraph) -> None:
        """It has grown: ``later`` is the same graph, measured once more; unless its end was seen.

        A part of the same forward that goes another way, as one of several heads, may have a
        smaller graph: then the larger is kept.
        """
        if self.entry.fate != "held" or later.entry.nodes < self.entry.nodes:
            return
        self.entry, self.numbers = later.entry, later.numbers
        self._storages, self._outputs = later._storages, later._outputs

    def is_gone(self) -> bool:
        """Whether its saved tensors are surely gone. One without any leaves no trace."""
        return any(storage.expired() for storage in self._storages)

    def is_held(self) -> bool:
        """Whether it is still there: for one without saved tensors, whether its outputs are."""
        if self._storages:
            return not self.is_gone()
        return any(output() is not None for output in self._outputs)


def measure_forward(
    tensors: Tensors,
    module: Any,
    inputs: tuple[Any, ...],
    output: Any,
    *,
    place: int | None,
    name: str,
    training: bool,
    since: int = 0,
    given: frozenset[int] = frozenset(),
) -> WatchedGraph | None:
    """The graph from ``output`` back to ``inputs``; ``None`` if the forward has recorded none.

    ``since``: sequence number of the first node that belongs to it. ``given``: keys of storages
    that the forward got, if ``inputs`` does not tell.

    A graph that is larger than the bounds is measured in part: the bytes are a lower bound.
    """
    outputs = _tensors_in(tensors, output)
    with tensors.quiet():
        roots = [fn for fn in (tensors.grad_fn(tensor) for tensor in outputs) if fn is not None]
        if not roots:
            return None
        got = _tensors_in(tensors, inputs)
        graphs = GraphWalk(tensors, GraphBounds(), since=since)
        graphs.stop_at(fn for fn in (tensors.grad_fn(tensor) for tensor in got) if fn is not None)
        graph = graphs.walk(roots)
        if not graph.nodes:
            return None  # it returns what it was given
        own = _own(tensors, graph, module, (*got, *outputs))
        for key in given:
            own.pop(key, None)
        sizes = sizes_of(own)
        entry = ForwardGraph(
            place=place,
            module=name,
            training=training,
            nodes=graph.nodes,
            saved_bytes=sizes.saved_bytes,
            largest_bytes=sizes.largest_bytes,
            device=sizes.device or tensors.device_name(outputs[0]),
            fate="held",
            output_elements=max(elements(tensors, tensor) for tensor in outputs),
            other_leaves=graph.other_leaves,
            truncated=graph.truncated,
        )
        return WatchedGraph(
            entry,
            _weakly(tensors, own),
            [weakref.ref(tensor) for tensor in outputs],
            frozenset(root._sequence_nr() for root in roots),
        )


def storages_in(tensors: Tensors, thing: Any) -> frozenset[int]:
    """Keys of the storages of the tensors in what a forward got."""
    found = _tensors_in(tensors, thing)
    with tensors.quiet():
        storages = (tensors.storage(tensor) for tensor in found)
        return frozenset(storage[0] for storage in storages if storage is not None)


def _tensors_in(tensors: Tensors, thing: Any) -> list[Any]:
    found: Walk = walk(tensors, [(thing, variable(""))], _BOUNDS)
    return [tensor for tensor, _trail in found.tensors]


def _own(tensors: Tensors, graph: Graph, module: Any, others: Iterable[Any]) -> dict[int, Saved]:
    """What only the graph keeps: not the module's parameters and buffers, nor ``others``."""
    taken: set[int] = set()
    for tensor in others:
        storage = tensors.storage(tensor)
        if storage is not None:
            taken.add(storage[0])
    own = {key: saved for key, saved in graph.saved.items() if key not in taken}
    if own:
        for key in _keys_of_module(tensors, module):
            own.pop(key, None)
    return own


def _keys_of_module(tensors: Tensors, module: Any) -> set[int]:
    keys: set[int] = set()
    seen = {id(module)}
    stack = [module]
    while stack:
        at = stack.pop()
        content = tensors.module_content(at)
        for _name, tensor, _is_parameter in content.tensors:
            storage = tensors.storage(tensor)
            if storage is not None:
                keys.add(storage[0])
        for _name, child in content.children:
            if id(child) not in seen:
                seen.add(id(child))
                stack.append(child)
    return keys


def _weakly(tensors: Tensors, own: dict[int, Saved]) -> list[WeakStorage]:
    largest = sorted(own.values(), key=lambda saved: -saved.nbytes)[:_WATCHED_STORAGES]
    return [WeakStorage(tensors.storage_object(saved.tensor)) for saved in largest]

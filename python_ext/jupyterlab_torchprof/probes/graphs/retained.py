"""The graphs that the namespace still holds when a cell has ended.

A short look is part of every cell. Where it was cut although it had found new graphs that no
backward in the cell has used, a longer one follows if they keep much, or if memory grew in the
cell, which graphs of many small operations may explain: that is the case that somebody will be
advised on, and there an exact number is worth more than a few milliseconds.
"""

from __future__ import annotations

import weakref
from collections import Counter
from dataclasses import dataclass
from typing import Any

from ...record import RetainedGraph
from ..collector import collector_paused
from ..objects.survey import Carriers, GraphSize, Survey
from ..objects.tensors import Tensors
from .graph import GraphWalk
from .kept import Graph, GraphBounds, Saved, sizes_of

_MAX_VARIABLES = 50
_WORTH_MORE_BYTES = 1_000_000
_GROWTH_BYTES = 8 << 20
"""Growth of memory that asks for an explanation."""
_LONGER_SHARE = 0.2
_TRAINING_SHARE = 0.01
_LEAST_S = 0.002
"""A shorter look would hardly find more."""
_EXPLAINING_S = 0.05
"""For what may explain growth, also of a short cell."""
_LONGEST_S = 0.5


def longer_bounds(
    found: list[RetainedGraph], duration_s: float, grown_bytes: int, *, trained: bool
) -> GraphBounds | None:
    """How much further to look in a cell of this length, if at all.

    In one that ``trained``, a hundredth of what the cell took: losses that it keeps have many
    nodes and hold nothing, so that the first look may end before it comes to what does. In one
    without a backward at most a fifth and half a second; where memory has grown by
    ``grown_bytes``, of the host and all devices together, and next to nothing was found that
    explains it, 50 ms in any case.
    """
    if not any(graph.truncated for graph in found):
        return None
    if trained:
        seconds = min(_TRAINING_SHARE * duration_s, _LONGEST_S)
        return GraphBounds(nodes=1_000_000, seconds=seconds) if seconds > _LEAST_S else None
    seconds = _LONGER_SHARE * duration_s
    if sum(graph.saved_bytes for graph in found) < _WORTH_MORE_BYTES:
        if grown_bytes < _GROWTH_BYTES:
            return None
        seconds = max(seconds, _EXPLAINING_S)
    if seconds <= GraphBounds().seconds:
        return None
    return GraphBounds(nodes=1_000_000, seconds=min(seconds, _LONGEST_S))


@dataclass(slots=True)
class _Found:
    """What was found last, and of what. Keeps nothing of it alive."""

    references: list[weakref.ref[Any]]
    signature: list[tuple[str, int, int]]
    generation: int
    graphs: dict[str, Graph]
    spent: set[tuple[int, int]]
    """References' ids and roots' sequence numbers of what a backward has freed: it stays freed."""


class RetainedGraphs:
    """Finds the graphs of one cell after the other.

    A graph never changes but by a backward, which frees it. So as long as no backward has run and
    the same tensors carry the same graphs, what was found once holds.
    """

    def __init__(self) -> None:
        """Nothing was found yet."""
        self._found: _Found | None = None
        self._walk: GraphWalk | None = None
        self.has_news = False
        """What was found last has graphs that were not there the time before."""

    def find(
        self,
        tensors: Tensors,
        survey: Survey,
        generation: int,
        longer: GraphBounds | None = None,
    ) -> tuple[list[RetainedGraph], bool]:
        """One entry per variable or attribute, largest first, and whether nothing was left out.

        Shared parts of graphs count for the first that reaches them. A graph that a
        backward has freed is no entry. ``generation`` changes with every backward. With
        ``longer`` bounds, what was cut is followed further. Call `rest` afterwards.
        """
        with collector_paused(), tensors.quiet():
            carriers = _alive(tensors, survey.carriers)
            graphs = self._graphs(tensors, carriers, generation, longer)
            survey.graphs = {
                name: GraphSize(graph.nodes, graph.truncated, graph.goes_on)
                for name, graph in graphs.items()
            }
            survey.graph_storages = {key for graph in graphs.values() for key in graph.saved}
            held = set(survey.storages)
            entries = []
            for name, alive in carriers.items():
                path = survey.carriers[name].path if len(alive) == 1 else name
                own = _own(graphs[name], held)
                entry = _entry(tensors, path, alive, graphs[name], own)
                held.update(own)
                if entry is not None:
                    entries.append(entry)
                    survey.graph_saved[path] = own
        complete = not survey.placement.truncated and len(entries) <= _MAX_VARIABLES
        complete = complete and not any(entry.truncated for entry in entries)
        entries.sort(key=lambda entry: -entry.saved_bytes)
        return entries[:_MAX_VARIABLES], complete

    def _graphs(
        self,
        tensors: Tensors,
        carriers: dict[str, list[_Carrier]],
        generation: int,
        longer: GraphBounds | None,
    ) -> dict[str, Graph]:
        """The graph of each variable: as found before, or walked."""
        every = [(name, carrier) for name, alive in carriers.items() for carrier in alive]
        signature = [(name, id(ref), root._sequence_nr()) for name, (ref, _, root) in every]
        found = self._found
        if longer is None:
            self.has_news = found is None or not set(signature) <= set(found.signature)
        if found is not None and (found.signature, found.generation) == (signature, generation):
            if longer is not None and self._walk is not None:
                self._walk.go_on(longer)
                found.spent = _spent(self._walk, every)
                _forget_tensors(found.graphs)
            return found.graphs
        walk = self._walk = GraphWalk(tensors, longer or GraphBounds())
        known: set[tuple[int, int]] = set() if found is None else found.spent
        graphs = walk.walk_all(
            {name: [root for _, _, root in alive] for name, alive in carriers.items()},
            [root for _, (ref, _, root) in every if (id(ref), root._sequence_nr()) in known],
        )
        _forget_tensors(graphs)
        if found is not None:
            _go_on(walk, graphs, carriers, found)
        # The references are kept, so that their ids are not given to others.
        references = [ref for _name, (ref, _, _) in every]
        self._found = _Found(references, signature, generation, graphs, _spent(walk, every))
        return graphs

    def rest(self) -> None:
        """Hold nothing of the user's any more."""
        self._walk = None


def _go_on(
    walk: GraphWalk, graphs: dict[str, Graph], carriers: dict[str, list[_Carrier]], before: _Found
) -> None:
    """Find the larger graphs that reach the end of the one that their variable had before.

    Only of variables with one tensor: what is gathered has more graphs, and none of them grows.
    """
    tensors = Counter(name for name, _ref, _number in before.signature)
    wanted: dict[int, Graph] = {}
    for name, _ref, number in before.signature:
        alive = carriers.get(name, [])
        is_another = len(alive) == 1 and alive[0][2]._sequence_nr() != number
        if is_another and tensors[name] == 1 and graphs[name].nodes > before.graphs[name].nodes:
            wanted[number] = graphs[name]
    for number, graph in walk.which(wanted) if wanted else ():
        graph.goes_on = graph.goes_on or wanted[number] is graph


def _spent(walk: GraphWalk, every: list[tuple[str, _Carrier]]) -> set[tuple[int, int]]:
    return {
        (id(ref), root._sequence_nr()) for _name, (ref, _, root) in every if walk.is_spent(root)
    }


def _forget_tensors(graphs: dict[str, Graph]) -> None:
    for graph in graphs.values():
        graph.forget_tensors()


_Carrier = tuple["weakref.ref[Any]", Any, Any]
"""A reference to a tensor, the tensor and its ``grad_fn``."""


def _alive(tensors: Tensors, carriers: dict[str, Carriers]) -> dict[str, list[_Carrier]]:
    """The tensors that are still there and have a graph, by variable."""
    alive: dict[str, list[_Carrier]] = {}
    for name, some in carriers.items():
        for ref in some.tensors:
            tensor = ref()
            root = None if tensor is None else tensors.grad_fn(tensor)
            if root is not None:
                alive.setdefault(name, []).append((ref, tensor, root))
    return alive


def _entry(
    tensors: Tensors, path: str, alive: list[_Carrier], graph: Graph, own: dict[int, Saved]
) -> RetainedGraph | None:
    sizes = sizes_of(own)
    if not graph.nodes or (graph.freed and not sizes.saved_bytes):
        return None
    return RetainedGraph(
        variable=path,
        nodes=graph.nodes,
        saved_bytes=sizes.saved_bytes,
        largest_bytes=sizes.largest_bytes,
        device=sizes.device or tensors.device_name(alive[0][1]),
        tensors=len(alive),
        elements=max(elements(tensors, tensor) for _ref, tensor, _root in alive),
        other_leaves=graph.other_leaves,
        truncated=graph.truncated,
    )


def _own(graph: Graph, held: set[int]) -> dict[int, Saved]:
    return {key: saved for key, saved in graph.saved.items() if key not in held}


def elements(tensors: Tensors, tensor: Any) -> int:
    """Number of its elements; 1 where it does not say (nested)."""
    try:
        return int(tensors.numel(tensor))
    except Exception:
        return 1

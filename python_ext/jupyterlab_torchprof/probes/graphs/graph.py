"""What an autograd graph keeps alive, read without running anything.

What a pack hook has put away is counted only if it is a tensor (see `saved_tensors`), and functions
written in C++ do not show what they keep. So bytes are a lower bound.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ... import clocks
from ..objects.tensors import Tensors
from .kept import Graph, GraphBounds
from .node_reader import NodeReader
from .saved_tensors import saves_nothing

_STEPS_TO_SAVED = 4
"""From a loss to the first node that saves anything: a mean, a weighted sum."""


@dataclass(slots=True)
class _Part:
    """A graph, and the nodes to go on with."""

    graph: Graph
    nodes: list[Any]
    spent: list[Any] = field(default_factory=list)
    """Those that were reached from one whose tensors a backward has freed."""


class GraphWalk:
    """Walks graphs; a node that one walk has reached is not part of a later one.

    Holds nodes of the user's graphs: drop it soon. Runs within `Tensors.quiet`.
    """

    def __init__(self, tensors: Tensors, bounds: GraphBounds, *, since: int = 0) -> None:
        """``bounds`` hold for all walks together.

        ``since``: sequence number of the first node that counts; older ones belong to nobody.
        """
        self._since = since
        self._left, self._deadline = 0, 0.0
        self._allow(bounds)
        self._cut: list[_Part] = []
        """What was cut."""
        self._seen: dict[int, tuple[Any, Graph | None]] = {}
        self._spent: set[int] = set()
        """Nodes that were reached from one whose tensors a backward has freed. Mostly it has freed
        theirs, too; but one for the gradients of inner tensors stops at these."""
        self._freed: set[int] = set()
        """Nodes whose tensors a backward has surely freed."""
        self._accumulate = tensors.torch._C._functions.AccumulateGrad
        reader = NodeReader(tensors)
        self._read_leaf, self._read_saved = reader.read_leaf, reader.read_saved

    def stop_at(self, nodes: Iterable[Any]) -> None:
        """These nodes, and what only they reach, belong to nobody."""
        for node in nodes:
            self._seen[id(node)] = (node, None)

    def walk(self, roots: Iterable[Any]) -> Graph:
        """The graph that is reached from ``roots``, each a ``grad_fn``."""
        part = self._begin(Graph(), roots)
        self._follow(part.graph, part.nodes, part.nodes)
        self._close([part])
        return part.graph

    def walk_all(
        self, roots: Mapping[str, Iterable[Any]], spent: Iterable[Any] = ()
    ) -> dict[str, Graph]:
        """The graph of each variable. None uses up what the others need: see `_follow_all`.

        ``spent``: roots that are known to be (`is_spent`).
        """
        known = [id(root) for root in spent]
        self._freed.update(known)
        self._spent.update(known)
        graphs = {name: Graph() for name in roots}
        # One after the other: what an earlier one reaches is its own.
        parts = (self._begin(graphs[name], some) for name, some in roots.items())
        self._follow_all(parts, len(graphs))
        return graphs

    def is_spent(self, root: Any) -> bool:
        """Whether a backward was seen to have freed what ``root``, or what is next to it, saved."""
        for _ in range(_STEPS_TO_SAVED):
            if id(root) in self._freed:
                return True
            if not saves_nothing(type(root)):
                return False
            root = next((node for node, _input in root.next_functions if node is not None), None)
        return False

    def which(self, numbers: Container[int]) -> Iterator[tuple[int, Graph]]:
        """The nodes with these sequence numbers, and the graphs that they are in."""
        for node, graph in self._seen.values():
            number = node._sequence_nr()
            if number in numbers and graph is not None:
                yield number, graph

    def go_on(self, bounds: GraphBounds) -> None:
        """Follow the graphs that were cut further, with new ``bounds``; not below freed nodes."""
        self._allow(bounds)
        cut, self._cut = self._cut, []
        self._follow_all(cut, len(cut), into_spent=False)

    def _begin(self, graph: Graph, roots: Iterable[Any]) -> _Part:
        part = _Part(graph, [])
        for root in roots:
            if self._enter(root, graph):
                (part.spent if id(root) in self._freed else part.nodes).append(root)
        return part

    def _follow_all(self, parts: Iterable[_Part], count: int, *, into_spent: bool = True) -> None:
        """Each gets its part of the bounds before any takes the rest.

        What was reached from freed nodes comes last: a list of losses has many, and they hold
        nothing.
        """
        nodes, deadline = self._left, self._deadline
        begun: list[_Part] = []
        for waiting, part in zip(range(count, 0, -1), parts, strict=True):
            now = clocks.thread_time()
            self._left = nodes // waiting if now < deadline else 0
            self._deadline = now + (deadline - now) / waiting
            before = part.graph.nodes
            self._follow(part.graph, part.nodes, part.spent)
            nodes -= part.graph.nodes - before
            begun.append(part)
        self._left = nodes if clocks.thread_time() < deadline else 0
        self._deadline = deadline
        for part in begun:
            if part.nodes:
                self._follow(part.graph, part.nodes, part.spent)
        for part in begun:
            if part.spent and into_spent:
                self._follow(part.graph, part.spent, part.spent)
        self._close(begun)

    def _close(self, parts: Iterable[_Part]) -> None:
        for part in parts:
            graph = part.graph
            graph.truncated = bool(part.nodes or part.spent)
            if graph.truncated:
                self._cut.append(part)
            for key in graph.leaves & graph.saved.keys():
                del graph.saved[key]

    def _allow(self, bounds: GraphBounds) -> None:
        self._left = bounds.nodes
        self._deadline = clocks.thread_time() + bounds.seconds

    def _follow(self, graph: Graph, stack: list[Any], spent: list[Any]) -> None:
        """Read the nodes of ``stack`` and what they reach; what is spent is put on ``spent``."""
        seen, since = self._seen, self._since
        while stack:
            if self._left <= 0 and graph.nodes:  # of each at least one is seen
                break
            if graph.nodes % 64 == 63 and clocks.thread_time() > self._deadline:
                self._left = 0
                break
            node = stack.pop()
            graph.nodes += 1
            self._left -= 1
            kind = type(node)
            if kind is self._accumulate:
                self._read_leaf(node, graph)
                continue
            is_spent = id(node) in self._spent
            if not saves_nothing(kind):
                is_spent = self._read_saved(node, graph, is_spent)
                if is_spent:
                    self._freed.add(id(node))
            for following, _input in node.next_functions:
                if following is None or (since and following._sequence_nr() < since):
                    continue
                if id(following) not in seen:
                    # Kept, or its Python object, and so its id, would be made anew each time.
                    seen[id(following)] = (following, graph)
                    if is_spent:
                        self._spent.add(id(following))
                        spent.append(following)
                    else:
                        stack.append(following)
                else:
                    self._enter(following, graph)

    def _enter(self, node: Any, graph: Graph) -> bool:
        known = self._seen.get(id(node))
        if known is None:
            self._seen[id(node)] = (node, graph)
            return True
        if known[1] is not None and known[1].freed:
            graph.freed = True
        return False

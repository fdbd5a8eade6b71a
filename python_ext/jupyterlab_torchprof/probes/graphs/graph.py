"""What an autograd graph keeps alive, read without running anything.

What a pack hook has put away is counted only if it is a tensor (see `saved_tensors`), and functions
written in C++ do not show what they keep. So bytes are a lower bound.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ... import clocks
from ..objects.kinds import Kind, is_exactly
from ..objects.tensors import Tensors
from .saved_tensors import saved_tensors, saves_nothing

_TENSOR = Kind.TENSOR


@dataclass(frozen=True, slots=True)
class GraphBounds:
    """Where a walk over a graph stops."""

    nodes: int = 20_000
    seconds: float = 0.005
    """Of this thread's processor time."""


@dataclass(slots=True)
class Saved:
    """A storage that a graph keeps alive."""

    nbytes: int
    device: str
    tensor: Any
    """A tensor on it; drop it soon."""


@dataclass(slots=True)
class Graph:
    """The part of a graph that one walk was the first to reach."""

    nodes: int = 0
    saved: dict[int, Saved] = field(default_factory=dict)
    """By the storage's key, without the storages of the graph's leaves and of parameters."""
    leaves: set[int] = field(default_factory=set)
    """Keys of the storages of its leaves and of parameters."""
    other_leaves: bool = False
    """A leaf that requires grad is no parameter."""
    freed: bool = False
    """A backward has freed saved tensors of it."""
    truncated: bool = False
    goes_on: bool = False
    """It reaches the end of the graph that the same variable had before."""

    def forget_tensors(self) -> None:
        """Keep the numbers only."""
        for saved in self.saved.values():
            saved.tensor = None


@dataclass(slots=True)
class Sizes:
    """The bytes of a graph that nobody else holds."""

    saved_bytes: int = 0
    largest_bytes: int = 0
    device: str | None = None
    """The device that holds most of them."""


class GraphWalk:
    """Walks graphs; a node that one walk has reached is not part of a later one.

    Holds nodes of the user's graphs: drop it soon. Runs within `Tensors.quiet`.
    """

    def __init__(self, tensors: Tensors, bounds: GraphBounds, *, since: int = 0) -> None:
        """``bounds`` hold for all walks together.

        ``since``: sequence number of the first node that counts; older ones belong to nobody.
        """
        self._tensors = tensors
        self._since = since
        self._allow(bounds)
        self._cut: list[tuple[Graph, list[Any]]] = []
        """Graphs that were cut, and the nodes to go on with."""
        self._seen: dict[int, tuple[Any, Graph | None]] = {}
        self._spent: set[int] = set()
        """Nodes that were reached from one whose tensors a backward has freed. Mostly it has freed
        theirs, too; but one for the gradients of inner tensors stops at these."""
        functions = tensors.torch._C
        self._accumulate = functions._functions.AccumulateGrad
        self._python_function = functions._FunctionBase
        self._saved = saved_tensors(tensors.torch)

    def stop_at(self, nodes: Iterable[Any]) -> None:
        """These nodes, and what only they reach, belong to nobody."""
        for node in nodes:
            self._seen[id(node)] = (node, None)

    def walk(self, roots: Iterable[Any]) -> Graph:
        """The graph that is reached from ``roots``, each a ``grad_fn``."""
        graph = Graph()
        self._follow(graph, [node for node in roots if self._enter(node, graph)])
        return graph

    def which(self, numbers: Container[int]) -> Iterator[tuple[int, Graph]]:
        """The nodes with these sequence numbers, and the graphs that they are in."""
        for node, graph in self._seen.values():
            number = node._sequence_nr()
            if number in numbers and graph is not None:
                yield number, graph

    def go_on(self, bounds: GraphBounds) -> None:
        """Follow the graphs that were cut further, with new ``bounds``."""
        self._allow(bounds)
        cut, self._cut = self._cut, []
        for graph, stack in cut:
            graph.truncated = False
            self._follow(graph, stack)

    def _allow(self, bounds: GraphBounds) -> None:
        self._left = bounds.nodes
        self._deadline = clocks.thread_time() + bounds.seconds

    def _follow(self, graph: Graph, stack: list[Any]) -> None:
        seen, since = self._seen, self._since
        while stack:
            is_time = graph.nodes % 64 == 63 and clocks.thread_time() > self._deadline
            if is_time or (self._left <= 0 and graph.nodes):  # of each at least one is seen
                graph.truncated = True
                self._cut.append((graph, stack))
                self._left = 0  # or graphs that come later would take what is this one's
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
            for following, _input in node.next_functions:
                if following is None or (since and following._sequence_nr() < since):
                    continue
                if id(following) not in seen:
                    # Kept, or its Python object, and so its id, would be made anew each time.
                    seen[id(following)] = (following, graph)
                    if is_spent:
                        self._spent.add(id(following))
                    stack.append(following)
                else:
                    self._enter(following, graph)
        for key in graph.leaves & graph.saved.keys():
            del graph.saved[key]

    def _enter(self, node: Any, graph: Graph) -> bool:
        known = self._seen.get(id(node))
        if known is None:
            self._seen[id(node)] = (node, graph)
            return True
        if known[1] is not None and known[1].freed:
            graph.freed = True
        return False

    def _read_leaf(self, node: Any, graph: Graph) -> None:
        leaf = node.variable
        storage = self._tensors.storage(leaf)
        if storage is not None:
            graph.leaves.add(storage[0])
        if not self._tensors.is_parameter(leaf):
            graph.other_leaves = True

    def _read_saved(self, node: Any, graph: Graph, is_spent: bool) -> bool:
        """Count what a node has saved; whether a backward has freed it."""
        of_python = isinstance(node, self._python_function)
        if of_python:
            kept = self._saved.of_function(node)
        else:
            kept = self._saved.of_native(node, is_spent=is_spent)
        graph.freed = graph.freed or kept.freed
        for tensor in kept.tensors:
            if self._tensors.kind(tensor) is _TENSOR:
                self._count(tensor, graph)
        if of_python and not kept.freed:
            self._keep_attributes(node, graph)
        return kept.freed

    def _keep_attributes(self, node: Any, graph: Graph) -> None:
        """What a custom function has put on ``ctx`` by itself."""
        for value in self._tensors.attributes(node).values():
            if self._tensors.kind(value) is _TENSOR:
                self._count(value, graph)
            elif is_exactly(value, (list, tuple)):
                for part in value:
                    if self._tensors.kind(part) is _TENSOR:
                        self._count(part, graph)

    def _count(self, tensor: Any, graph: Graph) -> None:
        read = self._tensors
        storage = read.storage(tensor)
        if storage is None or not storage[1]:
            for part in read.parts(tensor):
                self._count(part, graph)
            return
        key = storage[0]
        if key in graph.saved or key in graph.leaves:
            return
        if read.is_parameter(tensor) or read.is_parameter(read.view_base(tensor)):
            graph.leaves.add(key)
        else:
            graph.saved[key] = Saved(storage[1], read.device_name(tensor), tensor)


def sizes_of(saved: Mapping[int, Saved]) -> Sizes:
    """Add up."""
    by_device: dict[str, int] = {}
    for one in saved.values():
        by_device[one.device] = by_device.get(one.device, 0) + one.nbytes
    return Sizes(
        saved_bytes=sum(by_device.values()),
        largest_bytes=max((one.nbytes for one in saved.values()), default=0),
        device=max(by_device, key=by_device.__getitem__, default=None),
    )

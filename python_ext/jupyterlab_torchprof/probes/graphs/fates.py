"""Follows the graphs of forwards to their end: used by a backward, freed without one, or held."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from ..objects.quiet import Quiet
from .forward_graph import WatchedGraph

_MAX_FOLLOWED = 300
"""Nodes between a backward's outputs and the forwards' that are looked at in one backward."""
_MAX_BACKWARDS = 50
"""Backwards that one graph is looked for in."""


class GraphFates:
    """The graphs of one cell whose end has not been seen. Listens to `Backwards`."""

    def __init__(self) -> None:
        """There are none."""
        self._grad_fn: Any = None
        self._torch: Any = None
        self._open: list[WatchedGraph] = []
        self._there_before: list[WatchedGraph] = []
        self._given_up: list[WatchedGraph] = []
        self.waiting = False
        """There are graphs to look for."""

    def attach(self, torch: ModuleType) -> None:
        """Read this PyTorch's tensors."""
        self._grad_fn = torch._C.TensorBase.grad_fn.__get__
        self._torch = torch

    def begin(self) -> None:
        """Forget the last cell."""
        self._open, self._there_before, self._given_up = [], [], []
        self.waiting = False

    def follow(self, graph: WatchedGraph) -> None:
        """Watch one more."""
        self._open.append(graph)
        self.waiting = True

    def end(self) -> None:
        """The cell has ended: write the fates that are still open, and forget the graphs."""
        for graph in self._open:
            graph.entry.fate = "held" if graph.is_held() else "dropped"
        for graph in self._given_up:
            # If it is gone, one of the backwards since may have used it. Say what accuses nobody.
            graph.entry.fate = "held" if graph.is_held() else "consumed"
        self.begin()

    def before_backward(self, outputs: Any) -> None:
        """See which graphs this backward runs through, and which are gone already."""
        for graph in self._open:
            graph.backwards += 1
            if graph.is_gone():
                graph.entry.fate = "dropped"
            elif graph.backwards > _MAX_BACKWARDS:
                self._given_up.append(graph)
        self._keep_open()
        wanted = {number for graph in self._open for number in graph.numbers}
        if wanted:
            with Quiet(self._torch):
                reached = _reached(self._roots(outputs), wanted)
            for graph in self._open:
                if not reached.isdisjoint(graph.numbers):
                    graph.entry.fate = "consumed"
            self._keep_open()
        self._there_before = list(self._open)

    def after_backward(self) -> None:
        """A graph that went away during a backward was used by it, however far off it was."""
        for graph in self._there_before:
            if graph.is_gone():
                graph.entry.fate = "consumed"
        if self._there_before:
            self._keep_open()
            self._there_before = []

    def _keep_open(self) -> None:
        self._open = [
            graph
            for graph in self._open
            if graph.entry.fate == "held" and graph not in self._given_up
        ]
        self.waiting = bool(self._open)

    def _roots(self, outputs: Any) -> list[Any]:
        """Nodes that a backward starts from: of tensors, or of gradient edges."""
        nodes = [
            output.node if type(output).__name__ == "GradientEdge" else self._grad_fn(output)
            for output in outputs
        ]
        return [node for node in nodes if node is not None]


def _reached(roots: list[Any], wanted: set[int]) -> set[int]:
    """Which of the nodes with these sequence numbers the roots can reach.

    Numbers grow as nodes are made, so whatever is older than all that are wanted leads to none.
    """
    oldest = min(wanted)
    reached: set[int] = set()
    seen = {id(root): root for root in roots}
    stack = list(roots)
    for _ in range(_MAX_FOLLOWED):
        if not stack or reached == wanted:
            break
        node = stack.pop()
        number = node._sequence_nr()
        if number in wanted:
            reached.add(number)
        if number < oldest or number > sys.maxsize:
            continue
        for following, _input in node.next_functions:
            if following is not None and id(following) not in seen:
                seen[id(following)] = following
                stack.append(following)
    return reached

"""Sums that grow in a loop: ``total += loss``, where every loss comes with its graph."""

from __future__ import annotations

from typing import Any, NamedTuple

from ... import clocks

_MIN_TERMS = 6
_MAX_TERMS = 20_000
_MAX_STEPS = 2000
_SECONDS = 0.002
_ADDITION = "AddBackward0"
_SCALINGS = frozenset({"DivBackward0", "MulBackward0"})


class Sum(NamedTuple):
    """A sum of results of the same computation."""

    terms: int
    with_graph: int
    """Terms that have a graph."""
    new: int
    """Terms that were added since."""
    last: int
    """Sequence number of the last addition."""
    truncated: bool


def find_sum(root: Any, since: int) -> Sum | None:
    """The sum that ``root``, a ``grad_fn``, is the last addition of; ``None`` if it is no such.

    ``since``: sequence number of an addition after which terms are new. A penalty over all
    parameters is a sum, too, but of terms that have no leaf in common; terms of one and the same
    forward have more in common than leaves. Neither is meant.
    """
    for _ in range(2):  # a mean is a sum that was divided
        if type(root).__name__ in _SCALINGS:
            root = _first(root)
    if type(root).__name__ != _ADDITION:
        return None
    deadline = clocks.thread_time() + _SECONDS
    terms: list[Any] = []
    additions = new = 0
    truncated = False
    node, last = root, root._sequence_nr()
    while True:
        additions += 1
        new += node._sequence_nr() > since
        inputs = [function for function, _input in node.next_functions]
        earlier = [one for one in inputs if type(one).__name__ == _ADDITION]
        truncated = additions >= _MAX_TERMS or (
            additions % 64 == 0 and clocks.thread_time() > deadline
        )
        if not earlier or truncated:
            terms.extend(one for one in inputs if one is not None)
            break
        # If a loss is a sum itself, it is younger than the sum so far.
        before = min(earlier, key=lambda one: one._sequence_nr())
        terms.extend(one for one in inputs if one is not None and one is not before)
        node = before
    if len(terms) < _MIN_TERMS or not _are_alike(terms[0], terms[len(terms) // 2]):
        return None
    begins_with_number = None in inputs
    return Sum(additions + (not begins_with_number), len(terms), new, last, truncated)


def _first(node: Any) -> Any:
    return next((function for function, _input in node.next_functions if function), None)


def _are_alike(one: Any, other: Any) -> bool:
    """Whether both come from the same leaf, each by nodes of its own."""
    mine, my_leaf = _way_down(one)
    others, other_leaf = _way_down(other)
    return my_leaf is not None and my_leaf is other_leaf and mine.keys().isdisjoint(others)


def _way_down(node: Any) -> tuple[dict[int, Any], Any]:
    """One way from a node to a leaf: the nodes, kept with their ids, and the leaf."""
    way: dict[int, Any] = {}
    for _ in range(_MAX_STEPS):
        if node is None:
            return way, None
        if type(node).__name__ == "AccumulateGrad":
            return way, node.variable
        way[id(node)] = node
        node = _first(node)
    return way, None

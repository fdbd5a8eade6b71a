"""What is collected between two of the window's decisions, as plain data.

Nothing of PyTorch's profiler is kept: a result that is freed while another is collected, as by the
garbage collector, crashes the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from .inputs import WANTED, Tensor, tensors_of
from .nesting import Operator, nested

MOST_NODES = 1_000_000


class Allocation(NamedTuple):
    """Memory that was taken, or given back."""

    device: str
    at_ns: int
    pointer: int
    size: int
    """Bytes; below zero: given back."""


@dataclass(slots=True)
class Collected:
    """What one collection told."""

    count: int = 0
    """Events."""
    operators: tuple[Operator, ...] | list[Operator] = ()
    """By thread and time, each behind that which it is in."""
    allocations: tuple[Allocation, ...] | list[Allocation] = ()


def read(result: Any, kinds: Any, is_wanted: Callable[[int], bool]) -> Collected:
    """Read PyTorch's ``_ProfilerResult``; ``kinds`` are the tags of the nodes of its tree.

    ``is_wanted`` is asked with the number of events whether more than that is to be read.
    """
    events = result.events()
    count = len(events)
    if not is_wanted(count):
        return Collected(count)
    allocations: list[Allocation] = []
    tensors: dict[int, tuple[Tensor, ...]] = {}
    # The number of an enumeration's member costs less than to compare it.
    allocation, operator = int(kinds.Allocation), int(kinds.TorchOp)
    for node in _nodes(result.experimental_event_tree()):
        tag = int(node.tag)
        if tag == allocation:
            what = node.extra_fields
            allocations.append(
                Allocation(str(what.device), node.start_time_ns, what.ptr, what.alloc_size)
            )
        elif tag == operator and (name := node.name) in WANTED:
            tensors[node.correlation_id] = tensors_of(name, node)
    return Collected(count, nested(events, tensors), allocations)


def _nodes(roots: list[Any]) -> Iterator[Any]:
    stack, left = list(roots), MOST_NODES
    while stack and left:
        event = stack.pop()
        left -= 1
        yield event
        stack.extend(event.children)


@dataclass(slots=True)
class Piece:
    """What was collected in one go."""

    began_ns: int
    ended_ns: int
    collected: Collected
    boundaries_ns: list[int]
    """Ends of steps within, the last of them its end: what began later is of no whole step."""

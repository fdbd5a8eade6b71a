"""What is collected between two of the window's decisions, as plain data.

Nothing of PyTorch's profiler is kept: a result that is freed while another is collected, as by the
garbage collector, crashes the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .allocations import Allocation, allocation_of, with_ends
from .growth.seen import Seen, Sightings
from .inputs import WANTED, Tensor, tensors_of
from .nesting import Operator, nested
from .traffic import Traffic

MOST_NODES = 1_000_000


@dataclass(slots=True)
class Collected:
    """What one collection told."""

    count: int = 0
    """Events."""
    operators: tuple[Operator, ...] | list[Operator] = ()
    """By thread and time, each behind that which it is in."""
    allocations: tuple[Allocation, ...] | list[Allocation] = ()
    seen: dict[int, Seen] = field(default_factory=dict)
    """By the number of a block: tensors in it that operators got."""


def read(result: Any, profiler: Any, is_wanted: Callable[[int], bool]) -> Collected:
    """Read PyTorch's ``_ProfilerResult``; ``profiler`` is its module ``torch._C._profiler``.

    ``is_wanted`` is asked with the number of events whether more than that is to be read.
    """
    events = result.events()
    count = len(events)
    if not is_wanted(count):
        return Collected(count)
    sightings = Sightings(profiler._TensorMetadata)
    traffic = Traffic(sightings.got)
    allocations: list[Allocation] = []
    tensors: dict[int, tuple[Tensor, ...]] = {}
    # The number of an enumeration's member costs less than to compare it.
    allocation, operator = int(profiler._EventType.Allocation), int(profiler._EventType.TorchOp)
    for node in _nodes(result.experimental_event_tree()):
        tag = int(node.tag)
        if tag == allocation:
            allocations.append(allocation_of(node))
            traffic.add_allocation(node)
        elif tag == operator:
            # Read once: each look has PyTorch make Python's objects of them.
            name, inputs = node.name, node.extra_fields.inputs
            taken_ns = node.duration_time_ns
            sightings.add(name, node.start_time_ns, taken_ns, inputs)
            if name in WANTED:
                tensors[node.correlation_id] = tensors_of(name, taken_ns, inputs)
    allocations = with_ends(allocations, events, sightings.blocks)
    operators = nested(events, tensors, traffic.tell)
    return Collected(count, operators, allocations, sightings.blocks)


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

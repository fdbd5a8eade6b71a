"""Memory that was taken and given back, as PyTorch's profiler tells it in two ways.

Its tree has addresses, but leaves out what happened on an accelerator outside of all operators, as
where a variable is bound again and lets go of a tensor. Its flat events have that, without an
address. So of such an end only size and time are known, and the block is found by them: one that
has no end of its own, was not used since, and whose address is given out again soonest.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .growth.seen import Seen

_MEMORY = "[memory]"
_CPU = "cpu"
_NEVER = 1 << 63


class Allocation(NamedTuple):
    """Memory that was taken, or given back."""

    device: str
    at_ns: int
    pointer: int
    size: int
    """Bytes; below zero: given back."""
    number: int | None = None
    """PyTorch's of the block, by which what operators got is known."""
    total: int | None = None
    """Bytes that the device's allocator has given out then, where it was asked."""


def allocation_of(event: Any) -> Allocation:
    """What an event of PyTorch's tree says."""
    what = event.extra_fields
    return Allocation(
        str(what.device),
        event.start_time_ns,
        what.ptr,
        what.alloc_size,
        what.allocation_id,
        what.total_allocated,
    )


def with_ends(
    allocations: list[Allocation], events: Iterable[Any], seen: Mapping[int, Seen]
) -> list[Allocation]:
    """The allocations of a tree, with the ends that it leaves out; ``events``: the flat ones."""
    if all(each.device == _CPU for each in allocations):
        return allocations
    known = {(each.at_ns, each.size): each.device for each in allocations}
    names: dict[tuple[int, int], str] = {}
    missing: list[tuple[tuple[int, int], int, int]] = []
    for event in events:
        if event.name() != _MEMORY:
            continue
        device = (int(event.device_type()), event.device_index())
        at_ns, size = event.start_ns(), event.nbytes()
        name = known.get((at_ns, size))
        if name is not None:
            names[device] = name
        elif size < 0:
            missing.append((device, at_ns, size))
    ends = sorted(
        ((at_ns, size, names[device]) for device, at_ns, size in missing if device in names)
    )
    return [*allocations, *_found(allocations, ends, seen)]


def _found(
    allocations: list[Allocation],
    ends: list[tuple[int, int, str]],
    seen: Mapping[int, Seen],
) -> Iterable[Allocation]:
    """The blocks of ends that have none, in the order of time."""
    endless: dict[tuple[str, int], list[_Endless]] = defaultdict(list)
    for each in _endless(allocations, seen):
        endless[each.device, each.size].append(each)
    for at_ns, size, device in ends:
        may_be = endless[device, -size]
        fitting = [each for each in may_be if each.used_ns <= at_ns <= each.gone_ns]
        if not fitting:
            yield Allocation(device, at_ns, 0, size)
            continue
        block = min(fitting, key=lambda each: (each.gone_ns, each.used_ns))
        may_be.remove(block)
        yield Allocation(device, at_ns, block.pointer, size, block.number)


class _Endless(NamedTuple):
    """A block whose end the tree does not have."""

    device: str
    size: int
    pointer: int
    number: int | None
    used_ns: int
    """When an operator got it last, or when it was made."""
    gone_ns: int
    """When its address was given out again: by then it had ended."""


def _endless(allocations: list[Allocation], seen: Mapping[int, Seen]) -> Iterable[_Endless]:
    order = sorted(allocations, key=lambda each: each.at_ns)
    after: dict[tuple[str, int], list[int]] = defaultdict(list)
    for index, each in enumerate(order):
        after[each.device, each.pointer].append(index)
    numbers = {each.number for each in order if each.size > 0}
    for index, each in enumerate(order):
        if each.size <= 0:
            continue
        same = after[each.device, each.pointer]
        at = bisect_right(same, index)
        following = order[same[at]] if at < len(same) else None
        if following is None or following.size > 0:
            block = seen.get(-1 if each.number is None else each.number)
            used_ns = max(each.at_ns, 0 if block is None else block.last_ns)
            gone_ns = _NEVER if following is None else following.at_ns
            yield _Endless(each.device, each.size, each.pointer, each.number, used_ns, gone_ns)
    for number, block in seen.items():  # what stood before
        if number not in numbers:
            same = after[block.device, block.pointer]
            first = order[same[0]] if same else None
            if first is None or first.size > 0:
                gone_ns = _NEVER if first is None else first.at_ns
                yield _Endless(
                    block.device, block.nbytes, block.pointer, number, block.last_ns, gone_ns
                )

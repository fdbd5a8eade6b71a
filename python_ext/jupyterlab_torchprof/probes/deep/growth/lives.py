"""Blocks of memory from when they were taken to when they were given back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..allocations import Allocation
from .owned import Owner
from .seen import Seen

BEFORE = -1
"""Instead of a time: before anything was recorded."""
NEVER = 1 << 63
"""Instead of a time: after everything was."""


@dataclass(slots=True)
class Life:
    """Of one block."""

    device: str
    pointer: int
    size: int
    """Bytes."""
    born_ns: int
    died_ns: int = NEVER
    seen: Seen | None = None
    """``None``: no operator got a tensor in it."""


def lives_of(
    allocations: Iterable[Allocation], seen: Mapping[int, Seen], owned: Mapping[int, Owner]
) -> list[Life]:
    """All blocks that are known of, in the order of their births.

    ``owned``: parameters and the like by their addresses, which may have stood before.
    """
    events = sorted(allocations, key=lambda each: each.at_ns)
    before = _before(events, seen, owned)
    found, living = list(before.values()), dict(before)
    for event in events:
        key = (event.device, event.pointer)
        if event.size > 0:
            one = seen.get(event.number) if event.number is not None else None
            living[key] = Life(*key, event.size, event.at_ns, seen=one)
            found.append(living[key])
            continue
        life = living.pop(key, None)
        if life is None:
            found.append(Life(*key, -event.size, BEFORE, event.at_ns))
        else:
            life.died_ns = event.at_ns
            life.size = max(life.size, -event.size)
    return sorted(found, key=lambda life: life.born_ns)


def _before(
    events: Iterable[Allocation], seen: Mapping[int, Seen], owned: Mapping[int, Owner]
) -> dict[tuple[str, int], Life]:
    """What is known to have stood when the first of the events came."""
    new = [each for each in events if each.size > 0]
    numbers = {each.number for each in new}
    made = {(each.device, each.pointer) for each in new}
    before: dict[tuple[str, int], Life] = {}
    for number, block in seen.items():
        key = (block.device, block.pointer)
        if number not in numbers and block.pointer:
            owner = owned.get(block.pointer)
            size = block.nbytes if owner is None else owner.nbytes
            before[key] = Life(*key, size, BEFORE, seen=block)
    for address, owner in owned.items():
        key = (owner.device, address)
        if key not in before and key not in made:
            before[key] = Life(*key, owner.nbytes, BEFORE)
    return before


def stood_before(device: str, allocations: Iterable[Allocation]) -> int | None:
    """Bytes of a device's tensors before anything was recorded; ``None``: it does not tell.

    A device's allocator tells with each block how much it has given out in all. The host's counts
    from when it was asked to.
    """
    first = min(
        (each for each in allocations if each.device == device and each.total is not None),
        key=lambda each: each.at_ns,
        default=None,
    )
    if first is None or first.total is None or device == "cpu":
        return None
    return max(0, first.total - first.size)

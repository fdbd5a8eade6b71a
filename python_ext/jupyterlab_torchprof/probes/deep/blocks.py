"""Storages that were made and freed within a window, and which of them stood at its peak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

MOST_EVENTS = 1_000_000


@dataclass(slots=True)
class Peak:
    """Of one device."""

    device: str
    nbytes: int = 0
    """Of what was made since the beginning and stood when there was most in all."""
    at_ns: int = 0
    end_nbytes: int = 0
    blocks: list[tuple[int, int]] = field(default_factory=list)
    """What stood at the peak and was made since the beginning: when it was made, its bytes."""


def peaks(roots: Iterable[Any], allocation: Any, begin_ns: int, end_ns: int) -> list[Peak]:
    """The peak of each device, in the order of their names but for the host, which is first.

    ``roots``: PyTorch's ``experimental_event_tree()``; ``allocation``: the tag of its allocations.
    """
    events: dict[str, list[tuple[int, int, int]]] = {}
    for event in _events(roots):
        if event.tag == allocation and begin_ns <= event.start_time_ns < end_ns:
            what = event.extra_fields
            device = str(what.device)
            events.setdefault(device, []).append((event.start_time_ns, what.ptr, what.alloc_size))
    order = sorted(events, key=lambda device: (device != "cpu", device))
    return [_peak(device, sorted(events[device])) for device in order]


def _events(roots: Iterable[Any]) -> Iterator[Any]:
    stack, left = list(roots), MOST_EVENTS
    while stack and left:
        event = stack.pop()
        left -= 1
        yield event
        stack.extend(event.children)


def _peak(device: str, events: list[tuple[int, int, int]]) -> Peak:
    peak, now, most = Peak(device), 0, 0
    for at_ns, _pointer, size in events:
        now += size
        if now > most:
            most, peak.at_ns = now, at_ns
    peak.end_nbytes = now
    living: dict[int, tuple[int, int]] = {}
    for at_ns, pointer, size in events:
        if at_ns > peak.at_ns:
            break
        if size > 0:
            living[pointer] = (at_ns, size)
        else:
            living.pop(pointer, None)
    peak.blocks = list(living.values())
    peak.nbytes = sum(size for _at_ns, size in peak.blocks)
    return peak

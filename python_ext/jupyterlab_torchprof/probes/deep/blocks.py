"""Storages that were made and freed within a window, and which of them stood at its peak."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .allocations import Allocation


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


def peaks(allocations: Iterable[Allocation], begin_ns: int, end_ns: int) -> list[Peak]:
    """The peak of each device, in the order of their names but for the host, which is first."""
    events: dict[str, list[tuple[int, int, int]]] = {}
    for device, at_ns, pointer, size, *_rest in allocations:
        if begin_ns <= at_ns < end_ns:
            events.setdefault(device, []).append((at_ns, pointer, size))
    order = sorted(events, key=lambda device: (device != "cpu", device))
    return [_peak(device, sorted(events[device])) for device in order]


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

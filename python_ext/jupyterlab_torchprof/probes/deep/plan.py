"""How many steps can be recorded, by what those that warmed up made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MOST_EVENTS = 150_000
"""About 0.4 GB while they are collected."""
_MOST_FORWARDS = 64  # before the first step of an optimizer, where gradients accumulate


class Plan(NamedTuple):
    """Of the steps to come."""

    each: float
    """Events that a step makes."""
    steps: int
    """As many as are wanted, or as can be had."""
    most: int
    """Steps that could be had, where it is not certain yet what a step is."""

    @property
    def is_none(self) -> bool:
        """One step is too much already."""
        return self.each > MOST_EVENTS


def plan(count: int, share: float, wanted: int) -> Plan:
    """``count`` events were collected; ``share``: the part of them that one step makes."""
    each = max(count * share, 1)
    can_be_had = int(MOST_EVENTS / each)
    steps = max(1, can_be_had) if wanted * each > MOST_EVENTS else wanted
    return Plan(each, steps, min(can_be_had, _MOST_FORWARDS))


def share_of_a_step(began_ns: int, boundaries_ns: Sequence[int], now_ns: int) -> float:
    """The part that a step has of what was collected, by time: one ends now.

    The first may have begun before the collector did; it is no measure where there are others.
    """
    since = boundaries_ns[0] if boundaries_ns else began_ns
    return (now_ns - since) / max(now_ns - began_ns, 1) / max(len(boundaries_ns), 1)

"""The moments at which a step may have its peak, and what stood then.

Which moment that is depends on the sizes: with a small batch it can be in the optimizer's step,
with a large one at the end of the forward. So those are kept that would be the peak with one of a
few other sizes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .lives import Life
from .powers import Powers

_FACTORS = (1 / 16, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 16.0, 64.0)


class Part(NamedTuple):
    """Blocks that are told together."""

    category: str
    powers: Powers | None
    """``None``: cannot tell."""
    floating: int | None
    """Bytes of an element; ``None``: no floating-point numbers, or nobody knows."""


class Moment(NamedTuple):
    """What stood at a time."""

    at_ns: int
    held: dict[Part, tuple[int, int]]
    """Bytes and blocks."""


def moments_of(lives: Sequence[tuple[Life, Part]], begin_ns: int, end_ns: int) -> list[Moment]:
    """The peak between two times first, and what would be the peak with other sizes."""
    changes = sorted(changes_of(lives), key=lambda change: change[:2])  # ends first
    found = _highest(changes, begin_ns, end_ns)
    return [_moment(lives, at_ns) for at_ns in dict.fromkeys(found)]


def peaks_between(lives: Iterable[Life], boundaries_ns: Sequence[int]) -> list[int]:
    """Bytes at the peak from each of the times to the next, of the blocks that are known of."""
    changes: list[tuple[int, int]] = []
    for life in lives:
        changes.append((life.born_ns, life.size))
        changes.append((life.died_ns, -life.size))
    changes.sort()
    now, peaks = 0, [0] * (len(boundaries_ns) + 1)
    for at_ns, size in changes:
        now += size
        step = bisect_right(boundaries_ns, at_ns)
        peaks[step] = max(peaks[step], now)
    return peaks[1:-1]


def changes_of(lives: Iterable[tuple[Life, Part]]) -> Iterable[tuple[int, int, Part]]:
    """When bytes came and went, and of what: a birth and a death of each block."""
    for life, part in lives:
        yield life.born_ns, life.size, part
        yield life.died_ns, -life.size, part


def _highest(changes: Iterable[tuple[int, int, Part]], begin_ns: int, end_ns: int) -> list[int]:
    """When there was most: with the sizes as they are, and with others."""
    scales = [(1.0, 1.0), *_scales()]
    weights: dict[Part, list[float]] = {}
    now, most = [0.0] * len(scales), [-1.0] * len(scales)
    found = [begin_ns] * len(scales)
    for at_ns, size, part in changes:
        if at_ns >= end_ns:
            break
        weight = weights.get(part)
        if weight is None:
            weight = weights[part] = [_weight(part.powers, *each) for each in scales]
        is_within = at_ns >= begin_ns
        for index, factor in enumerate(weight):
            now[index] += size * factor
            if is_within and now[index] > most[index]:
                most[index], found[index] = now[index], at_ns
    return found


def _scales() -> list[tuple[float, float]]:
    """Factors of the batch size and of the length."""
    alone = [(each, 1.0) for each in _FACTORS if each != 1]
    lengths = [(1.0, each) for each in _FACTORS if each != 1]
    return [*alone, *lengths, (1 / 4, 4.0), (4.0, 4.0), (4.0, 1 / 4)]


def _weight(powers: Powers | None, batch: float, length: float) -> float:
    return 1.0 if powers is None else batch**powers.batch * length**powers.length


def _moment(lives: Iterable[tuple[Life, Part]], at_ns: int) -> Moment:
    held: dict[Part, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for life, part in lives:
        if life.born_ns <= at_ns < life.died_ns:
            nbytes, blocks = held[part]
            held[part] = (nbytes + life.size, blocks + 1)
    return Moment(at_ns, dict(held))

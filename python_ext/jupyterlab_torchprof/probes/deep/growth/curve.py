"""Memory of a step in the course of time, by what it is for."""

from __future__ import annotations

from collections.abc import Sequence

from ....record import DeepCurve
from .lives import Life
from .moments import Part, changes_of

MOST_POINTS = 160


def curve_of(
    lives: Sequence[tuple[Life, Part]], step: tuple[int, int], started_ns: int
) -> DeepCurve:
    """From the step's begin to its end, in nanoseconds; of each stretch of it the highest moment.

    ``started_ns``: when the run began.
    """
    begin, end = step
    changes = sorted(changes_of(lives), key=lambda each: each[:2])  # ends first
    chosen = _highest([(at_ns, size) for at_ns, size, _part in changes], begin, end)
    curve, held = DeepCurve(), dict.fromkeys(sorted({p.category for _life, p in lives}), 0)
    curve.series = {category: [] for category in held}
    for index, (at_ns, size, part) in enumerate(changes):
        held[part.category] += size
        if index in chosen:
            curve.t_s.append(max(0.0, (max(at_ns, begin) - started_ns) / 1e9))
            for category, nbytes in held.items():
                curve.series[category].append(nbytes)
    return curve


def _highest(changes: Sequence[tuple[int, int]], begin: int, end: int) -> set[int]:
    """Indices of changes: after which there was most in their stretch, and the last one before."""
    best: dict[int, tuple[int, int]] = {}
    stretch = max(1, -(-(end - begin) // (MOST_POINTS - 1)))
    now = 0
    for index, (at_ns, size) in enumerate(changes):
        now += size
        if at_ns >= end:
            break
        place = -1 if at_ns < begin else (at_ns - begin) // stretch
        # Of what was before the step only how it ended counts.
        if place < 0 or place not in best or now > best[place][0]:
            best[place] = (now, index)
    return {index for _now, index in best.values()}

"""What a deep profile proves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from ...record import CellRecord, DeepProfile, DeepReplay, DeepWork

_LEAST_STEPS = 3
_LEAST_S = 0.2
_NOISE = 4.0
"""About two standard errors of a median, in halves of the distance between quartiles."""


@dataclass(frozen=True, slots=True)
class Window:
    """Whole steps, enough of them to speak of."""

    deep: DeepProfile
    seconds: float
    steps: int

    def share(self, seconds: float) -> float:
        """The part of the window that so many seconds are."""
        return seconds / self.seconds

    def in_run(self, seconds: float, steps: int) -> float:
        """What so many seconds of the window come to in all steps of a run."""
        return seconds / self.steps * max(steps, self.steps)

    def phase_s(self, phase: str) -> float:
        """Time of a phase."""
        return sum(step.phases.get(phase, 0.0) for step in self.deep.steps)


def window_of(record: CellRecord) -> Window | None:
    """The steps that were recorded in depth; ``None``: too few, or too short."""
    deep = record.deep
    if deep is None or not deep.window.whole_steps or len(deep.steps) < _LEAST_STEPS:
        return None
    seconds = sum(step.duration_s for step in deep.steps)
    return Window(deep, seconds, len(deep.steps)) if seconds >= _LEAST_S else None


def replay_of(work: DeepWork, alternative: str) -> DeepReplay | None:
    """How long work took in another way, if that was tried."""
    return next((each for each in work.replays if each.alternative == alternative), None)


def speedup(replay: DeepReplay) -> float:
    """How many times faster the other way was, below 1.0: slower; 1.0 within the noise."""
    original, other = replay.original_s, replay.alternative_s
    spread = replay.original_spread_s + replay.alternative_spread_s
    # What the medians differ by can be known better than what single measurements do.
    noise = _NOISE * spread / sqrt(replay.rounds)
    return 1.0 if abs(original - other) <= noise or other <= 0 else original / other


def saved_s(work: DeepWork, replay: DeepReplay) -> float:
    """What work would have taken less in the window, forward and backward."""
    whole = work.total_s + work.backward_s
    return max(0.0, whole * (1.0 - 1.0 / speedup(replay)))


def sizes_text(sizes: Sequence[int]) -> str:
    """``"512 by 64"``."""
    return " by ".join(map(str, sizes))

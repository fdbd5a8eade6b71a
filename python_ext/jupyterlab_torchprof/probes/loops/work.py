"""What modules and autograd have done so far in a run, for whoever asks what came in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Work:
    """Of one run. Other threads may lose it some: only that a number has changed counts."""

    backwards: int = 0
    graded: int = 0
    """Forwards that recorded gradients, of those that were watched."""
    ungraded: int = 0

    def until_now(self) -> tuple[int, int, int]:
        """Backwards, and forwards with and without gradients."""
        return self.backwards, self.graded, self.ungraded


class WorkOnBatches:
    """Of the loops over some loaders: what they did with their batches, as far as was looked."""

    __slots__ = ("_graded", "_trained", "_ungraded")

    def __init__(self) -> None:
        """Nothing was done."""
        self._trained = False
        self._graded = False
        self._ungraded = False

    def add(self, before: tuple[int, int, int], now: tuple[int, int, int]) -> None:
        """What happened from one batch to the next."""
        self._trained = self._trained or now[0] != before[0]
        self._graded = self._graded or now[1] != before[1]
        # Before anything was trained, features may be computed of what is to be learned from.
        self._ungraded = self._ungraded or (now[2] != before[2] and now[0] > 0)

    def role(self) -> Literal["training", "evaluation"] | None:
        """``"training"``, ``"evaluation"``, or nothing that is told by this."""
        if self._trained:
            return "training" if self._graded else None
        return "evaluation" if self._ungraded and not self._graded else None

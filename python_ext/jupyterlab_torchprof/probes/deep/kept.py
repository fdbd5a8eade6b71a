"""What of a window is told."""

from __future__ import annotations

from collections.abc import Sequence

from .piece import Collected, Piece


class Kept:
    """Pieces of a run, or one with whole steps."""

    def __init__(self) -> None:
        """Nothing is."""
        self.pieces: list[Piece] = []
        self.events = 0
        """Of all pieces, those that were thrown away since among them."""
        self.has_whole_steps = False
        """It begins and ends with a step."""

    def add(
        self, collected: Collected, began_ns: int, ended_ns: int, boundaries_ns: Sequence[int]
    ) -> None:
        """A piece, in which steps may have ended at the boundaries."""
        self.events += collected.count
        boundaries = [each for each in boundaries_ns if each < ended_ns]
        self.pieces.append(Piece(began_ns, ended_ns, collected, [*boundaries, ended_ns]))

    def add_steps(self, collected: Collected, began_ns: int, boundaries_ns: Sequence[int]) -> None:
        """Whole steps, from a time on to the last of the boundaries."""
        self.has_whole_steps = True
        self.add(collected, began_ns, boundaries_ns[-1], boundaries_ns)

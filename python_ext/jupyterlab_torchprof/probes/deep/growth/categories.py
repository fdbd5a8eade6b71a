"""What a block of memory is for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from ..steps import Span
from .lives import BEFORE, Life
from .owned import Owner


class Phases:
    """What the cell's thread did when."""

    def __init__(self, spans: Sequence[Span]) -> None:
        """In the order of time."""
        self._spans = spans
        self._begins = [begin for begin, _end, _phase in spans]

    def at(self, at_ns: int) -> str:
        """One of `PHASES`, or ``"other"``."""
        index = bisect_right(self._begins, at_ns) - 1
        within = index >= 0 and at_ns < self._spans[index][1]
        return self._spans[index][2] if within else "other"


class Categories:
    """Of the blocks of one window."""

    def __init__(
        self, phases: Phases, boundaries_ns: Sequence[int], owned: dict[int, Owner]
    ) -> None:
        """``boundaries_ns``: where steps end."""
        self._phases, self._boundaries, self._owned = phases, boundaries_ns, owned
        self._known: dict[int, str] = {}

    def add(self, category: str, lives: Iterable[Life], at_ns: int, addresses: set[int]) -> None:
        """Those of the lives at a time that are at these addresses."""
        for life in lives:
            if life.pointer in addresses and life.born_ns <= at_ns < life.died_ns:
                self._known.setdefault(id(life), category)

    def of(self, life: Life) -> str:
        """One of those that `record.DeepPart` lists."""
        owner = self._owned.get(life.pointer)
        if owner is not None and life.size >= owner.nbytes > life.size // 2:
            return owner.category
        known = self._known.get(id(life))
        if known is not None:
            return known
        if life.born_ns == BEFORE:
            return "before"
        born, died = self._phases.at(life.born_ns), self._phases.at(life.died_ns)
        if self._step(life.born_ns) != self._step(life.died_ns):
            return "kept"
        if born == "forward":
            return "temporaries" if died == "forward" else "activations"
        return "batch" if born == "data" else "temporaries"

    def _step(self, at_ns: int) -> int:
        return bisect_right(self._boundaries, at_ns)

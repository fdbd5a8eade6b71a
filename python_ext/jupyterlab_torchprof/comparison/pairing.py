"""Which cell of one session is which of another; the same rule as ``src/record/pairs.ts``.

Cells are represented by their latest run. They are paired by cell id; those that are left, by
equal source, in order; and those that are still left, by order, where exactly one cell of each
side lies between the same paired neighbours (the ends count as neighbours).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..derive import latest_runs
from ..record import CellRecord, Session

PairedBy = Literal["cell_id", "source", "order"]


@dataclass(frozen=True, slots=True)
class Pair:
    """The latest runs of one cell."""

    before: CellRecord
    after: CellRecord
    by: PairedBy

    @property
    def is_complete(self) -> bool:
        """Both ran to their end."""
        return self.before.status == "ok" and self.after.status == "ok"

    @property
    def failed_alike(self) -> bool:
        """The same source raised the same error in the same line, so both ran equally far."""
        one, other = self.before, self.after
        return (
            one.status == other.status == "error"
            and one.source_hash == other.source_hash
            and one.error is not None
            and other.error is not None
            and (one.error.name, one.error.line) == (other.error.name, other.error.line)
        )


@dataclass(frozen=True, slots=True)
class Pairing:
    """All cells of two sessions."""

    pairs: list[Pair] = field(default_factory=list)
    """In the order of the later session."""
    added: list[CellRecord] = field(default_factory=list)
    """Only the later session has them."""
    removed: list[CellRecord] = field(default_factory=list)
    """Only the earlier session has them."""


def pair_cells(before: Session, after: Session) -> Pairing:
    """Pair the cells of two sessions."""
    return _Pairer(latest_runs(before), latest_runs(after)).pair()


class _Pairer:
    def __init__(self, old: list[CellRecord], new: list[CellRecord]) -> None:
        self._old = old
        self._new = new
        self._partner: dict[int, int] = {}
        """Place in ``old`` by place in ``new``."""
        self._by: dict[int, PairedBy] = {}

    def pair(self) -> Pairing:
        self._pair_equal(lambda record: record.cell_id, "cell_id")
        self._pair_equal(lambda record: record.source_hash, "source")
        for place, partner in self._lonely():
            self._join(place, partner, "order")
        taken = set(self._partner.values())
        return Pairing(
            pairs=[
                Pair(self._old[partner], self._new[place], self._by[place])
                for place, partner in sorted(self._partner.items())
            ],
            added=[run for place, run in enumerate(self._new) if place not in self._partner],
            removed=[run for place, run in enumerate(self._old) if place not in taken],
        )

    def _join(self, place: int, partner: int, by: PairedBy) -> None:
        self._partner[place] = partner
        self._by[place] = by

    def _pair_equal(self, key: Callable[[CellRecord], str | None], by: PairedBy) -> None:
        taken = set(self._partner.values())
        waiting: dict[str, deque[int]] = {}
        for place, record in enumerate(self._old):
            if place not in taken and (name := key(record)) is not None:
                waiting.setdefault(name, deque()).append(place)
        for place, record in enumerate(self._new):
            same = waiting.get(key(record) or "")
            if place not in self._partner and same:
                self._join(place, same.popleft(), by)

    def _lonely(self) -> Sequence[tuple[int, int]]:
        """Cells without a partner that stand alone between the same neighbours."""
        taken = set(self._partner.values())
        found = []
        for place in range(len(self._new)):
            neighbours = {place - 1, place + 1} & set(range(len(self._new)))
            if place in self._partner or not neighbours <= self._partner.keys():
                continue
            start = self._partner[place - 1] + 1 if place > 0 else 0
            last = place == len(self._new) - 1
            end = len(self._old) if last else self._partner[place + 1]
            if end - start == 1 and start not in taken:
                found.append((place, start))
        return found

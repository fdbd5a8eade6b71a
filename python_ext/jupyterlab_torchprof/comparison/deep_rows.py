"""Rows of two deep profiles that are of the same line, module or operator."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ..deliver.deep import code_of
from ..record import CellRecord, DeepProfile, Place, Session

_Key = TypeVar("_Key", bound=Hashable)
_Group = tuple[str, str | None, str | None]
"""Kind of place, file, function."""
_LineKey = tuple[_Group, str | int]
"""A group, and the code in it or the number of the line."""


@dataclass(slots=True)
class Row:
    """A part of a step, with its time in all steps."""

    name: str = ""
    """A phase, a module's path, an operator, a device."""
    phase: str | None = None
    """Of an operator."""
    place: Place | None = None
    """Of a line."""
    code: str = ""
    """The line itself, where its text is known."""
    is_there: bool = True
    """``False``: the run has no such row."""
    taken_s: float = 0.0
    spread_s: float | None = None
    """Standard deviation from step to step."""
    calls: int = 0

    def without_time(self) -> Row:
        """The same in a run that has it not."""
        return Row(self.name, self.phase, self.place, self.code, False, 0.0, 0.0)


def operators_of(old: DeepProfile, now: DeepProfile) -> Iterator[tuple[Row, Row]]:
    """Operators by name and phase."""

    def rows(deep: DeepProfile) -> dict[object, Row]:
        return {
            (each.name, each.phase): Row(
                each.name,
                each.phase,
                taken_s=each.self_s,
                spread_s=each.spread_s,
                calls=each.calls,
            )
            for each in deep.operators
        }

    return _joined(rows(old), rows(now))


def modules_of(old: DeepProfile, now: DeepProfile) -> Iterator[tuple[Row, Row]]:
    """Modules by their paths."""

    def rows(deep: DeepProfile) -> dict[object, Row]:
        return {
            each.name: Row(
                each.name, taken_s=each.forward_s + each.backward_s, spread_s=each.spread_s
            )
            for each in deep.modules
        }

    return _joined(rows(old), rows(now))


def lines_of(
    sessions: tuple[Session, Session], runs: tuple[CellRecord, CellRecord]
) -> Iterator[tuple[Row, Row]]:
    """Lines by their function and code, wherever they have moved to.

    Those that are left of a function are the same, in order, if there are as many in both: they
    were edited.
    """
    old, now = (_lines(session, run) for session, run in zip(sessions, runs, strict=True))
    left = [
        {key: row for key, row in side.items() if key not in other}
        for side, other in ((old, now), (now, old))
    ]
    edited: dict[_LineKey, _LineKey] = {}
    """Keys of the earlier run by those of the later one."""
    for group in dict.fromkeys(key[0] for key in left[1]):
        ones, others = (_in_order(side, group) for side in left)
        if len(ones) == len(others):
            edited.update(zip(others, ones, strict=True))
    return _joined(old, {edited.get(key, key): row for key, row in now.items()})


def _in_order(rows: dict[_LineKey, Row], group: _Group) -> list[_LineKey]:
    keys = [key for key in rows if key[0] == group]
    return sorted(keys, key=lambda key: _number(rows[key].place))


def _lines(session: Session, run: CellRecord) -> dict[_LineKey, Row]:
    rows: dict[_LineKey, Row] = {}
    for line in [] if run.deep is None else run.deep.lines:
        if not 0 <= line.place < len(run.places):
            continue
        place = run.places[line.place]
        code = code_of(session.cells, run, place)
        group = (place.kind, place.path if place.kind == "file" else None, place.function)
        taken = line.host_s + line.backward_s
        row = Row(place=place, code=code, taken_s=taken, spread_s=line.spread_s)
        before = rows.setdefault((group, code or _number(place)), row)
        if before is not row:  # the same text stands twice, or was reached in two ways
            before.taken_s += taken
            spreads = (before.spread_s, line.spread_s)
            before.spread_s = None if None in spreads else sum(each or 0.0 for each in spreads)
    return rows


def _number(place: Place | None) -> int:
    return 0 if place is None else place.line or 0


def _joined(old: dict[_Key, Row], now: dict[_Key, Row]) -> Iterator[tuple[Row, Row]]:
    for key in dict.fromkeys((*now, *old)):
        one, other = old.get(key), now.get(key)
        if one is not None or other is not None:
            before = one if one is not None else other.without_time()  # type: ignore[union-attr]
            after = other if other is not None else before.without_time()
            yield before, after

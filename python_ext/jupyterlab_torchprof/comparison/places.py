"""Which places took longer or less long.

A look counts for the function of the user's own in which it met the run, with the libraries called
from there, so the places add up to the time of the run. Libraries are told apart beside that.
``src/record/compare-places.ts`` is the twin in the front end, and says why what is noise; one
fixture holds both to the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..deliver.places import code_text, library_text
from ..derive import own_lines
from ..record import CellRecord, Place
from ..units import format_seconds
from .noise import is_chance

_ENOUGH = 20
"""Looks at a run from which on its places are compared."""
_OWN = 5
_LIBRARIES = 3

_Key = tuple[str | int | None, ...]


@dataclass(slots=True)
class PlaceChange:
    """A place whose time is another, in seconds."""

    place: Place
    """Where it stands, in the later run if that has it."""
    record: CellRecord
    """The run that has it."""
    before: float = 0.0
    after: float = 0.0
    variance: float = 0.0

    @property
    def is_own(self) -> bool:
        """Whether it is the user's own code."""
        return self.place.kind != "library"

    @property
    def is_noise(self) -> bool:
        """Whether chance may have made the difference."""
        return is_chance(self.before, self.after, self.variance)

    def text(self) -> str:
        """``"`augment` took 2.1 s, before 0.7 s"``."""
        times = f"took {format_seconds(self.after)}, before {format_seconds(self.before)}"
        return f"{self._name()} {times}"

    def _name(self) -> str:
        place = self.place
        if place.kind == "library":
            return library_text(place.package, place.function)
        if place.function:
            return code_text(place.function)
        if place.kind == "file":
            return f"{code_text(place.path or '?')} line {place.line}"
        count = self.record.execution_count
        return f"line {place.line}" if count is None else f"[{count}] line {place.line}"


@dataclass(slots=True)
class _Time:
    place: Place
    looks: int = 0
    most: int = 0
    lines: dict[int | None, int] = field(default_factory=dict)

    def add(self, place: Place, looks: int) -> None:
        self.looks += looks
        here = self.lines[place.line] = self.lines.get(place.line, 0) + looks
        if here > self.most:
            self.most, self.place = here, place


def place_changes(pairs: Iterable[tuple[CellRecord, CellRecord]]) -> list[PlaceChange]:
    """Places whose time changed by more than noise, the user's own first, and what changed most.

    ``pairs`` are runs of a cell, the earlier one first; those that did not end well tell nothing.
    """
    changes: dict[_Key, PlaceChange] = {}
    for index, (before, after) in enumerate(pairs):
        if before.status != "ok" or after.status != "ok":
            continue
        old, now = _Run(before, index), _Run(after, index)
        if min(old.looks, now.looks) < _ENOUGH:
            continue
        for key in dict.fromkeys((*now.times, *old.times)):
            if key not in changes:
                run = now if key in now.times else old
                changes[key] = PlaceChange(run.times[key].place, run.record)
            changes[key].before += old.seconds(key)
            changes[key].after += now.seconds(key)
            changes[key].variance += old.variance(key) + now.variance(key)
    found = [change for change in changes.values() if not change.is_noise]
    found.sort(key=lambda change: -abs(change.after - change.before))
    own = [change for change in found if change.is_own]
    libraries = [change for change in found if not change.is_own]
    return [*own[:_OWN], *libraries[:_LIBRARIES]]


class _Run:
    """What the looks at one run say of its places."""

    def __init__(self, record: CellRecord, index: int) -> None:
        self.record = record
        self.times: dict[_Key, _Time] = {}
        text = record.source[:200_000].split("\n")
        met = 0
        for place, line in own_lines(record):
            looks = max(0, place.samples)
            met += looks
            if looks and line is not None:
                self._add(_key(line, text, index), line, looks)
            if looks and place.kind == "library":
                self._add(("library", place.package, place.function), place, looks)
        self.looks = max(record.stack_samples, met)

    def _add(self, key: _Key, place: Place, looks: int) -> None:
        self.times.setdefault(key, _Time(place)).add(place, looks)

    def seconds(self, key: _Key) -> float:
        """Time in the place: its share of the looks."""
        return self.record.duration_s * self._count(key) / self.looks

    def variance(self, key: _Key) -> float:
        """Of the seconds, by the chance with which a look meets the place."""
        share = (self._count(key) + 1) / (self.looks + 2)
        return float(self.record.duration_s**2 * share * (1 - share) / self.looks)

    def _count(self, key: _Key) -> int:
        return self.times[key].looks if key in self.times else 0


def _key(place: Place, text: list[str], index: int) -> _Key:
    """A function is known by its name, a line at the top of a cell by its code."""
    if place.kind == "file":
        return ("file", place.path, place.function or place.line)
    if place.function:
        return ("function", place.function)
    line = place.line or 0
    code = text[line - 1].strip() if line <= len(text) else ""
    return ("line", index, code or line)

"""What changed between two sessions: of each pair of cells, and of the sessions as wholes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from ..derive import latest_runs, main_memory, memory_delta
from ..record import Advice, CellRecord, MemoryEntry, Session
from .deep import DeepComparison, compare_deep, deep_run
from .noise import SAME_TIME, SHORT_S, memory_noise, time_noise, timing
from .pairing import Pair, Pairing, pair_cells
from .phases import PhaseChange, phase_changes
from .places import PlaceChange, place_changes
from .ranks import RankChange, rank_changes

Metric = Literal["time", "peak", "kept", "end", "advice", "deep_step", "deep_peak"]
Unit = Literal["s", "bytes", "count"]

_RECORDED = "one was recorded in depth, which takes {} of its own"


@dataclass(frozen=True, slots=True)
class Change:
    """One quantity in both sessions; ``None`` where it was not measured."""

    metric: Metric
    device: str | None
    unit: Unit
    before: float | None
    after: float | None
    noise: float
    """Differences up to this much are called the same."""
    is_bound: bool = False
    """A side was sampled: its value is a lower bound."""
    reason: str = ""
    """Why it cannot be compared though both have it."""

    @property
    def difference(self) -> float | None:
        """After less before."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before

    @property
    def is_same(self) -> bool:
        """The difference is not more than noise."""
        return self.difference is not None and abs(self.difference) <= self.noise


@dataclass(frozen=True, slots=True)
class CellChanges:
    """A cell of both sessions."""

    pair: Pair
    time: Change
    memory: list[Change]
    """``kept`` and ``peak`` of each device that either run used, the host first."""
    advice: Change
    gone: list[Advice]
    """Suggestions of the earlier run whose rule has none in the later one."""
    new: list[Advice]
    ranks: list[RankChange]
    """What is another among the processes that both runs started."""
    deep: DeepComparison | None = None
    """Where both were recorded in depth, in these runs or in earlier ones of the same source."""
    deep_values: list[Change] = field(default_factory=list)
    """``deep_step`` and ``deep_peak``, for limits; none where neither was recorded in depth."""

    @property
    def main(self) -> list[Change]:
        """``kept`` and ``peak`` of the device that the later run's work is on."""
        entry = main_memory(self.pair.after) or main_memory(self.pair.before)
        return [change for change in self.memory if entry and change.device == entry.device]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sessions beside each other."""

    before: Session
    after: Session
    pairing: Pairing
    cells: list[CellChanges]
    totals: list[Change]
    """Time of the paired cells; of each device the highest peak and what is left at the end;
    suggestions."""
    places: list[PlaceChange]
    """Of the paired cells."""
    phases: list[PhaseChange]
    """Of the paired cells that have phases in both."""


def compare(before: Session, after: Session) -> Comparison:
    """Compare two sessions."""
    pairing = pair_cells(before, after)
    cells = [_cell_changes(before, after, pair) for pair in pairing.pairs]
    totals = [_total_time(cells), *_total_memory(before, after), _total_advice(before, after)]
    runs = [(pair.before, pair.after) for pair in pairing.pairs]
    return Comparison(
        before, after, pairing, cells, totals, place_changes(runs), phase_changes(runs)
    )


def _cell_changes(before: Session, after: Session, pair: Pair) -> CellChanges:
    times = timing(before, pair.before), timing(after, pair.after)
    time = Change("time", None, "s", times[0].median, times[1].median, time_noise(*times))
    if (pair.before.deep is None) != (pair.after.deep is None):
        time = _uncertain(time, _RECORDED.format("time"))
    runs = deep_run(before, pair.before), deep_run(after, pair.after)
    deep = compare_deep((before, after), runs[0], runs[1]) if runs[0] and runs[1] else None
    return CellChanges(
        pair,
        time,
        [
            change
            for device in _devices([pair.before, pair.after])
            for change in _device_changes(device, pair)
        ],
        Change("advice", None, "count", len(pair.before.advice), len(pair.after.advice), 0),
        gone=_missing(pair.before.advice, pair.after.advice),
        new=_missing(pair.after.advice, pair.before.advice),
        ranks=rank_changes(pair.before, pair.after),
        deep=deep,
        deep_values=list(_deep_values(runs, deep)),
    )


def _deep_values(
    runs: tuple[CellRecord | None, CellRecord | None], deep: DeepComparison | None
) -> Iterator[Change]:
    if deep is not None and deep.step is not None:
        yield Change("deep_step", None, "s", deep.step.before, deep.step.after, deep.step.noise)
        for peak in deep.peaks:
            device = peak.row.name
            yield Change("deep_peak", device, "bytes", peak.before, peak.after, peak.noise)
    elif any(runs):
        reason = "" if deep is None else "the recorded steps cannot be compared"
        before, after = (None if run is None or deep else 0 for run in runs)
        yield Change("deep_step", None, "s", before, after, 0, reason=reason)


def _missing(advice: list[Advice], other: list[Advice]) -> list[Advice]:
    """Those whose rule is not among the others: a run gives each rule's advice once."""
    rules = {each.rule for each in other}
    return [each for each in advice if each.rule not in rules]


def _device_changes(device: str, pair: Pair) -> list[Change]:
    entries = entry_of(pair.before, device), entry_of(pair.after, device)
    changes = [
        _memory_change("kept", device, entries, memory_delta),
        _memory_change("peak", device, entries, lambda entry: entry.peak_bytes),
    ]
    return _apart_from_recording(device, [pair.before], [pair.after], changes)


def _memory_change(
    metric: Metric,
    device: str,
    entries: tuple[MemoryEntry | None, MemoryEntry | None],
    value: Callable[[MemoryEntry], int],
) -> Change:
    before, after = (None if entry is None else value(entry) for entry in entries)
    sampled = any(entry is not None and entry.peak_is == "sampled" for entry in entries)
    return Change(
        metric,
        device,
        "bytes",
        before,
        after,
        memory_noise(*entries),
        is_bound=metric == "peak" and sampled,
    )


def _total_time(cells: list[CellChanges]) -> Change:
    if not cells:
        return Change("time", None, "s", None, None, 0)
    before = sum(cell.time.before or 0 for cell in cells)
    after = sum(cell.time.after or 0 for cell in cells)
    change = Change("time", None, "s", before, after, max(SHORT_S, SAME_TIME * before))
    unlike = next((cell.time.reason for cell in cells if cell.time.reason), "")
    return _uncertain(change, unlike) if unlike else change


def _total_memory(before: Session, after: Session) -> list[Change]:
    changes = []
    for device in _devices([*before.cells, *after.cells]):
        sides = [
            [entry for run in session.cells if (entry := entry_of(run, device)) is not None]
            for session in (before, after)
        ]
        highest = [max(side, key=lambda e: e.peak_bytes, default=None) for side in sides]
        last = [side[-1] if side else None for side in sides]
        found = [
            _memory_change("peak", device, (highest[0], highest[1]), lambda e: e.peak_bytes),
            _memory_change("end", device, (last[0], last[1]), lambda e: e.allocated_after_bytes),
        ]
        changes += _apart_from_recording(device, before.cells, after.cells, found)
    return changes


def _apart_from_recording(
    device: str, before: Iterable[CellRecord], after: Iterable[CellRecord], changes: list[Change]
) -> list[Change]:
    """What is recorded in depth lies in the process's memory, too."""
    recorded = [any(run.deep is not None for run in side) for side in (before, after)]
    if device != "host" or recorded[0] == recorded[1]:
        return changes
    return [_uncertain(change, _RECORDED.format("memory")) for change in changes]


def _uncertain(change: Change, reason: str) -> Change:
    return replace(change, noise=float("inf"), reason=reason)


def _total_advice(before: Session, after: Session) -> Change:
    counts = [sum(len(run.advice) for run in latest_runs(side)) for side in (before, after)]
    return Change("advice", None, "count", counts[0], counts[1], 0)


def entry_of(record: CellRecord, device: str) -> MemoryEntry | None:
    """Memory of a device in this run."""
    return next((entry for entry in record.memory if entry.device == device), None)


def _devices(records: Iterable[CellRecord]) -> list[str]:
    """Those that held anything: the host first, then in the order in which the runs name them."""
    names = {"host": None}
    for record in records:
        for entry in record.memory:
            if entry.peak_bytes or entry.allocated_before_bytes or entry.allocated_after_bytes:
                names[entry.device] = None
    return list(names)

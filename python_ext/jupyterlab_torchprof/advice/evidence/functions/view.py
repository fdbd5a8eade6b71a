"""A run as it is seen from within a function that it went through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from ....record import CellRecord, FileText, Forwards, GradState, LineCost, Place, Placement, Visits
from ....source import source_hash
from ...text.code import read
from .body import Body

_Event = TypeVar("_Event", bound=Any)


class FunctionView(CellRecord, kw_only=True):
    """What one run did below one function of the user's, as the record of a cell.

    The source is the function's body, its lines are the outermost places, and what happened
    elsewhere in the run is left out. Calls of the function from several places are taken together.
    """

    function: str
    """Qualified name."""
    known_as: str
    """Its name in places: without a function around it that shares it, and before Python 3.11
    without its class."""
    body: Body
    code: CellRecord | FileText
    """The latest run of the cell that the function stands in, or its module's text."""
    run: CellRecord
    """The run that is looked at."""
    direct: set[int]
    """Lines that call modules themselves, and not through another function of the user's."""
    callers: list[Place]
    """Where it was called from: places of the run, the nearest ones in the user's code."""

    @property
    def elsewhere(self) -> CellRecord | None:
        """`code`, if that is a cell, but not the one that ran."""
        return None if self.code is self.run or isinstance(self.code, FileText) else self.code

    @property
    def file(self) -> FileText | None:
        """`code`, if that is no cell: fixes cannot edit it."""
        return self.code if isinstance(self.code, FileText) else None

    @property
    def name(self) -> str:
        """Its name as a caller writes it, without what is before the dot."""
        return self.function.rpartition(".")[2]


def run_of(record: CellRecord) -> CellRecord:
    """The whole run, of a function's view too: for what is true of the run and of no line."""
    return record.run if isinstance(record, FunctionView) else record


def cell_of(record: CellRecord) -> CellRecord:
    """The record to edit for a change of these lines: of a function's view that of its cell."""
    if isinstance(record, FunctionView) and not isinstance(record.code, FileText):
        return record.code
    return record


def view_of(
    record: CellRecord, code: CellRecord | FileText, body: Body, places: list[int]
) -> FunctionView:
    """The view of one run: ``places`` are its places in the function."""
    lines = Lines(record.places, places)
    parts: dict[str, Any] = {name: getattr(record, name) for name in record.__struct_fields__}
    for name in ("moves", "loads", "transfers", "data_loading", "warnings"):
        parts[name] = lines.within(parts[name])
    own = source_hash(body.source)
    parts.update(
        cell_id=None,
        source=body.source,
        source_hash=own,
        places=lines.as_outermost(own),
        grad=None if record.grad is None else _grad(record.grad, lines),
        optimizers=[
            entry
            if lines.line(entry.place) is not None
            else replace(entry, steps=0, skipped=0, timed_steps=0, timed_s=0.0, place=None)
            for entry in record.optimizers
        ],
        lines=_costs(record, lines),
        samples=[],
        collected=[],
        advice=[],
        verification=[],
    )
    if isinstance(code, FileText) and record.placement is not None:
        parts["placement"] = _as_named_in(body.source, record.placement)
    return FunctionView(
        **parts,
        function=body.name,
        known_as=record.places[places[0]].function or body.name,
        body=body,
        code=code,
        run=record,
        direct=lines.direct(record),
        callers=[record.places[index] for index in lines.callers()],
    )


def _as_named_in(source: str, placement: Placement) -> Placement:
    """With the module's own names: it does not see those of the notebook."""
    code = read(source)
    imports = code.imports if code is not None else {}
    torch = next((name for name, full in imports.items() if full == "torch"), None)
    return replace(placement, torch_name=torch, devices_named={})


class Lines:
    """Finds the line of a function below which something happened."""

    def __init__(self, tree: Sequence[Place], places: Iterable[int]) -> None:
        self._tree = tree
        self._own = set(places)

    def line(self, place: int | None) -> int | None:
        """The innermost line of the function that a place is in or below."""
        while place is not None and place not in self._own:
            place = self._tree[place].parent
        return None if place is None else self._tree[place].line

    def within(self, events: Iterable[_Event]) -> list[_Event]:
        """The events that happened in or below the function."""
        return [event for event in events if self.line(event.place) is not None]

    def as_outermost(self, text: str) -> list[Place]:
        """All places, of which the function's are the outermost, of a text with this hash."""
        return [
            replace(place, parent=None, source_hash=text) if index in self._own else place
            for index, place in enumerate(self._tree)
        ]

    def direct(self, record: CellRecord) -> set[int]:
        """Lines from which all forwards were called without a function of the user's between."""
        lines: dict[int, bool] = {}
        for entry in record.grad.forwards if record.grad is not None else ():
            line, place = self.line(entry.place), entry.place
            while place is not None and self._tree[place].kind == "library":
                place = self._tree[place].parent
            if line is not None:
                lines[line] = lines.get(line, True) and place in self._own
        return {line for line, is_direct in lines.items() if is_direct}

    def callers(self) -> Iterator[int]:
        """Places in the user's code that called the function."""
        seen: set[int] = set()
        for place in self._own:
            at = self._tree[place].parent
            while at is not None and (self._tree[at].kind == "library" or at in self._own):
                at = self._tree[at].parent
            if at is not None and at not in seen:
                seen.add(at)
                yield at


def _costs(record: CellRecord, lines: Lines) -> list[LineCost]:
    """The time of a function's lines, as the looks at the stack share it out; no growth."""
    looks: Counter[int] = Counter()
    for index, place in enumerate(record.places if record.lines else ()):
        line = lines.line(index) if place.samples else None
        if line is not None:
            looks[line] += place.samples
    return [
        LineCost(
            line=line,
            time_share=count / record.stack_samples,
            host_growth_bytes=0,
            device_growth_bytes=0,
        )
        for line, count in looks.items()
    ]


def _grad(grad: GradState, lines: Lines) -> GradState:
    """What autograd did below a function."""
    seen = replace(grad)
    seen.forwards = _merged(lines.within(grad.forwards), lines)
    seen.forward_graphs = lines.within(grad.forward_graphs)
    seen.untaken = lines.within(grad.untaken)
    seen.backwards, seen.last_backward_place = _counted(grad.backwards, grad.backward_places, lines)
    seen.optimizer_steps, seen.last_step_place = _counted(
        grad.optimizer_steps, grad.step_places, lines
    )
    # Of these one place is known at most: they are taken for elsewhere.
    seen.retaining_backwards, seen.retaining_place = 0, None
    seen.double_softmax_place = seen.clip_place = None
    seen.clips = seen.clips_scaled = 0
    seen.scaler = seen.cache_clears = None
    return seen


def _counted(count: int, visits: Sequence[Visits], lines: Lines) -> tuple[int, int | None]:
    """How often at most, and the last place of it in or below the function."""
    within = [visit for visit in visits if lines.line(visit.place) is not None]
    if not within:
        return 0, None
    return count, max(within, key=lambda visit: visit.last_s).place


def _merged(forwards: list[Forwards], lines: Lines) -> list[Forwards]:
    """Forwards that differ only in what was between the function's line and the call."""
    merged: dict[tuple[object, ...], Forwards] = {}
    for entry in forwards:
        line = lines.line(entry.place)
        key = (line, entry.module, entry.grad, entry.inference, entry.training)
        known = merged.get(key)
        if known is None:
            merged[key] = replace(entry)
            continue
        known.calls += entry.calls
        known.looked_at += entry.looked_at
        known.shapes = [*known.shapes, *(each for each in entry.shapes if each not in known.shapes)]
    return list(merged.values())

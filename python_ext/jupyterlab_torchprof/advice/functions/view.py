"""A run as it is seen from within a function that it went through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from ...record import CellRecord, GradState, LineCost, Place, Visits
from ...source import source_hash
from .body import Body, body_of

_Event = TypeVar("_Event", bound=Any)
_REMEMBERED = 100
"""Runs whose views are kept: rules that wait ask for them again after each cell."""


class FunctionView(CellRecord, kw_only=True):
    """What one run did below one function of the notebook, as the record of a cell.

    The source is the function's body, lines are lines of it, and what happened elsewhere in the run
    is left out. Calls of the function from several places are taken together.
    """

    function: str
    """Qualified name."""
    body: Body
    code: CellRecord
    """The latest run of the cell that the function stands in."""
    run: CellRecord
    """The run that is looked at."""
    callers: list[Place]
    """Where it was called from: places of the run, the nearest ones in the user's code."""

    @property
    def name(self) -> str:
        """Its name as a caller writes it, without what is before the dot."""
        return self.function.rpartition(".")[2]


def function_views(record: CellRecord, history: Sequence[CellRecord]) -> list[FunctionView]:
    """The functions of the notebook's cells that a run went through, as their calls were met first.

    Left out are functions whose text is not known, or was replaced by another text of its cell.
    """
    nodes = _functions(record)
    return _memory.views(record, history, nodes) if nodes else []


class _Memory:
    """What was made for the runs that were looked at last."""

    def __init__(self) -> None:
        self._views: dict[int, tuple[CellRecord, list[CellRecord | None], list[FunctionView]]] = {}
        """By the run's id in memory: the run, the cells of its functions, and the views."""
        self._length = 0
        self._last: CellRecord | None = None
        self._texts: dict[str, CellRecord] = {}

    def views(
        self,
        record: CellRecord,
        history: Sequence[CellRecord],
        nodes: dict[tuple[str, str], list[int]],
    ) -> list[FunctionView]:
        """The views of a run; the same as before while its functions stand in the same cells."""
        texts = self._latest(history)
        own = record.source_hash
        codes = [record if text == own else texts.get(text) for text, _function in nodes]
        known = self._views.get(id(record))
        if known is not None and known[0] is record and all(map(_is, known[1], codes)):
            return known[2]
        views = [
            _view(record, code, body, places)
            for code, ((_text, function), places) in zip(codes, nodes.items(), strict=True)
            if code is not None and (body := _body(record, code, function, places)) is not None
        ]
        while len(self._views) >= _REMEMBERED:
            del self._views[next(iter(self._views))]
        self._views[id(record)] = (record, codes, views)
        return views

    def _latest(self, history: Sequence[CellRecord]) -> dict[str, CellRecord]:
        """By hash of the text: the latest runs of cells that still have it."""
        last = history[-1] if history else None
        if last is not self._last or len(history) != self._length:
            cells: dict[str, CellRecord] = {}
            for run in history:
                cells[run.cell_id or run.run_id] = run
            self._texts = {run.source_hash: run for run in cells.values()}
            self._last, self._length = last, len(history)
        return self._texts


_memory = _Memory()


def _is(one: object, other: object) -> bool:
    return one is other


def _body(record: CellRecord, code: CellRecord, function: str, places: list[int]) -> Body | None:
    line = record.places[places[0]].line
    return None if line is None else body_of(code.source, function, line)


def trained_lines(record: CellRecord, history: Iterable[CellRecord]) -> set[int]:
    """Lines of a function whose graphs a backward has used in some run of the session.

    Empty for a record of a cell.
    """
    found: set[int] = set()
    if not isinstance(record, FunctionView):
        return found
    key = (record.code.source_hash, record.function)
    for run in (record.run, *history):
        graphs = [] if run.grad is None else run.grad.forward_graphs
        consumed = [graph for graph in graphs if graph.fate == "consumed"]
        if consumed and not isinstance(run, FunctionView):
            lines = _Lines(run.places, _functions(run).get(key, ()))
            found |= {line for graph in consumed if (line := lines.line(graph.place)) is not None}
    return found


def _functions(record: CellRecord) -> dict[tuple[str, str], list[int]]:
    """The places in functions of the notebook, by hash of the text and the function's name."""
    nodes: dict[tuple[str, str], list[int]] = {}
    for index, place in enumerate(record.places):
        if place.kind == "cell" and place.function and place.source_hash and place.line:
            nodes.setdefault((place.source_hash, place.function), []).append(index)
    return nodes


def _view(record: CellRecord, code: CellRecord, body: Body, places: list[int]) -> FunctionView:
    lines = _Lines(record.places, places)
    parts: dict[str, Any] = {name: getattr(record, name) for name in record.__struct_fields__}
    for name in ("moves", "loads", "transfers", "data_loading", "warnings"):
        parts[name] = lines.within(parts[name])
    parts.update(
        cell_id=None,
        source=body.source,
        source_hash=source_hash(body.source),
        grad=None if record.grad is None else _grad(record.grad, lines),
        optimizers=[
            lines.moved(entry) or replace(entry, steps=0, timed_steps=0, timed_s=0.0, line=None)
            for entry in record.optimizers
        ],
        lines=list(_costs(record, lines)),
        samples=[],
        collected=[],
        advice=[],
        verification=[],
    )
    return FunctionView(
        **parts,
        function=body.name,
        body=body,
        code=code,
        run=record,
        callers=[record.places[index] for index in lines.callers()],
    )


class _Lines:
    """Finds the line of a function below which something happened."""

    def __init__(self, tree: Sequence[Place], places: Iterable[int]) -> None:
        self._tree = tree
        self._own = set(places)

    def line(self, place: int | None) -> int | None:
        """The innermost line of the function that a place is in or below."""
        while place is not None and place not in self._own:
            place = self._tree[place].parent
        return None if place is None else self._tree[place].line

    def moved(self, event: _Event) -> _Event | None:
        """The event with its line in the function; ``None``: it happened elsewhere."""
        line = self.line(event.place)
        return None if line is None else replace(event, line=line)

    def within(self, events: Iterable[_Event]) -> list[_Event]:
        """The events that happened in or below the function."""
        moved = (self.moved(event) for event in events)
        return [event for event in moved if event is not None]

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


def _grad(grad: GradState, lines: _Lines) -> GradState:
    """What autograd did below a function."""
    seen = replace(grad)
    seen.forwards = _merged(lines.within(grad.forwards))
    seen.forward_graphs = lines.within(grad.forward_graphs)
    seen.backwards, seen.last_backward_line = _counted(grad.backwards, grad.backward_places, lines)
    seen.optimizer_steps, seen.last_step_line = _counted(
        grad.optimizer_steps, grad.step_places, lines
    )
    # Of these the line of the call is known at most: they are taken for elsewhere.
    seen.retaining_backwards, seen.retaining_line = 0, None
    seen.double_softmax_line = seen.clip_line = None
    seen.clips = seen.clips_scaled = 0
    seen.scaler = seen.cache_clears = None
    return seen


def _counted(count: int, visits: Sequence[Visits], lines: _Lines) -> tuple[int, int | None]:
    """How often at most, and the last line of the function."""
    within = [visit for visit in visits if lines.line(visit.place) is not None]
    if not within:
        return 0, None
    return count, lines.line(max(within, key=lambda visit: visit.last_s).place)


def _merged(forwards: list[Any]) -> list[Any]:
    """Forwards that differ only in what was between the function's line and the call."""
    merged: dict[tuple[object, ...], Any] = {}
    for entry in forwards:
        key = (entry.line, entry.module, entry.grad, entry.inference, entry.training)
        known = merged.get(key)
        if known is None:
            merged[key] = entry
            continue
        known.calls += entry.calls
        known.looked_at += entry.looked_at
        known.shapes = [*known.shapes, *(each for each in entry.shapes if each not in known.shapes)]
    return list(merged.values())


def _costs(record: CellRecord, lines: _Lines) -> Iterator[LineCost]:
    """Shares of the run's time by line of the function."""
    looks: dict[int, int] = {}
    for index, place in enumerate(record.places):
        line = lines.line(index) if place.samples else None
        if line is not None:
            looks[line] = looks.get(line, 0) + place.samples
    for line, count in looks.items():
        yield LineCost(
            line=line,
            time_share=count / record.stack_samples if record.stack_samples else 0.0,
            host_growth_bytes=0,
            device_growth_bytes=0,
        )

"""A window as a trace that Perfetto and Chrome open: steps, phases, lines, modules, operators.

In the trace event format: times are microseconds since the run's start. What is too much is left
out, the shortest first.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from ..base import CellRun
from .belonging import Belongings
from .marks import Marks, merged
from .nesting import Operator
from .piece import Allocation
from .steps import Span

MOST_EVENTS = 60_000
"""About 2 MB when compressed."""
_MOST_POINTS = 2_000
_LEVEL = 3
_STEPS, _PHASES, _LINES, _MODULES, _OPERATORS = range(1, 6)
_TRACKS = {
    _STEPS: "Steps",
    _PHASES: "Phases",
    _LINES: "Lines",
    _MODULES: "Modules",
    _OPERATORS: "Operators",
}

_Event = dict[str, Any]
_Made = tuple[int, Callable[[], _Event]]
"""How long it took in nanoseconds, and what makes the event of it."""


class Trace:
    """The trace of one run, piece by piece."""

    def __init__(self, run: CellRun) -> None:
        """Nothing was added yet."""
        self._run = run
        self._pid = run.execution_count or 1
        self._started_ns = round(run.started_at * 1e9)
        self._kept: list[_Event] = []
        """What is never left out."""
        self._made: list[_Made] = []
        self._threads: dict[int, int] = {}
        """Tracks of threads, by PyTorch's numbers of them."""

    def add_steps(self, boundaries_ns: Sequence[int], spans: Iterable[Span]) -> None:
        """The beginning of the first step, the end of each, and what they were spent for."""
        done = sum(each["tid"] == _STEPS for each in self._kept)
        for number, (begin, end) in enumerate(pairwise(boundaries_ns), start=done + 1):
            self._kept.append(self._event((begin, end, f"Step {number}"), "step", _STEPS))
        self.add_phases(spans)

    def add_phases(self, spans: Iterable[Span]) -> None:
        """What the time was spent for, of a run without steps."""
        for span in spans:
            self._add(span, span[2], _PHASES)

    def add_marks(
        self,
        whole: tuple[int, int],
        lines: Marks[int | None],
        modules: Marks[str | None],
        code_of: Callable[[int], str],
    ) -> None:
        """Lines and modules of a span of time. ``code_of``: the text of a place's line."""
        for begin, end, place in merged(lines, whole):
            args = {"code": code_of(place)} if code_of(place) else {}
            self._add((begin, end, self._place(place)), "line", _LINES, args)
        for begin, end, module in merged(modules, whole):
            self._add((begin, end, module), "module", _MODULES)

    def add_annotations(
        self, annotations: Iterable[Operator], whole: tuple[int, int], thread: int | None
    ) -> None:
        """Names that the program gave to parts of itself; ``thread``: that of the cell."""
        for each in annotations:
            begin, end = max(each.start_ns, whole[0]), min(each.end_ns, whole[1])
            if begin < end:
                self._add((begin, end, each.name), "annotation", self._track(each, thread))

    def add_operators(
        self, operators: Iterable[Operator], belongings: Belongings, thread: int | None
    ) -> None:
        """Operators by thread; ``thread``: that of the cell."""
        for each in operators:
            track = self._track(each, thread)
            self._made.append((each.total_ns, self._operator(each, belongings, track)))

    def add_allocations(self, allocations: Iterable[Allocation], whole: tuple[int, int]) -> None:
        """Bytes that were taken since the beginning, less those given back, by device."""
        points: dict[str, list[tuple[int, int]]] = {}
        now: dict[str, int] = {}
        for device, at_ns, _pointer, size in sorted(allocations, key=lambda each: each.at_ns):
            if whole[0] <= at_ns < whole[1]:
                now[device] = now.get(device, 0) + size
                points.setdefault(device, []).append((at_ns, now[device]))
        for device, found in points.items():
            every = len(found) // _MOST_POINTS + 1
            self._kept += [
                {
                    "ph": "C",
                    "name": f"New tensors on {device}",
                    "pid": self._pid,
                    "ts": self._us(at_ns),
                    "args": {"bytes": nbytes},
                }
                for at_ns, nbytes in found[::every]
            ]

    def packed(self) -> bytes:
        """The trace as JSON, compressed by gzip."""
        made, left_out = self._made, 0
        if len(made) > MOST_EVENTS:
            least = sorted((taken for taken, _make in made), reverse=True)[MOST_EVENTS]
            made = [each for each in made if each[0] > least]
            left_out = len(self._made) - len(made)
        events = [*self._names(), *self._kept, *(make() for _taken, make in made)]
        document = {
            "traceEvents": events,
            "displayTimeUnit": "ms",
            "otherData": {"made_by": "jupyterlab-torchprof", "left_out_events": left_out},
        }
        return gzip.compress(msgspec.json.encode(document), _LEVEL, mtime=0)

    def _track(self, operator: Operator, thread: int | None) -> int:
        if operator.thread == thread:
            return _OPERATORS
        return self._threads.setdefault(operator.thread, _OPERATORS + 1 + len(self._threads))

    def _names(self) -> Iterator[_Event]:
        count = self._run.execution_count
        yield self._metadata("process_name", 0, "Cell" if count is None else f"Cell [{count}]")
        threads = {track: f"Operators of thread {each}" for each, track in self._threads.items()}
        for track, name in {**_TRACKS, **threads}.items():
            yield self._metadata("thread_name", track, name)
            yield {**self._metadata("thread_sort_index", track, ""), "args": {"sort_index": track}}

    def _metadata(self, kind: str, track: int, name: str) -> _Event:
        return {"ph": "M", "name": kind, "pid": self._pid, "tid": track, "args": {"name": name}}

    def _add(self, span: Span, kind: str, track: int, args: _Event | None = None) -> None:
        self._made.append((span[1] - span[0], lambda: self._event(span, kind, track, args)))

    def _operator(
        self, operator: Operator, belongings: Belongings, track: int
    ) -> Callable[[], _Event]:
        def make() -> _Event:
            at = belongings.of(operator)
            args: _Event = {} if at.place is None else {"line": self._place(at.place)}
            if at.module is not None:
                args["module"] = at.module
            if operator.shapes:
                args["shapes"] = operator.shapes
            if operator.flops is not None:
                args["flops"] = operator.flops
            span = (operator.start_ns, operator.end_ns, operator.name)
            return self._event(span, at.phase, track, args)

        return make

    def _event(self, span: Span, kind: str, track: int, args: _Event | None = None) -> _Event:
        begin, end, name = span
        event = {
            "ph": "X",
            "name": name,
            "cat": kind,
            "pid": self._pid,
            "tid": track,
            "ts": self._us(begin),
            "dur": (end - begin) / 1000,
        }
        if args:
            event["args"] = args
        return event

    def _us(self, at_ns: int) -> float:
        return max(0, at_ns - self._started_ns) / 1000

    def _place(self, index: int) -> str:
        place = self._run.places.nodes[index]
        where = place.function or (place.path if place.kind == "file" else None)
        return f"line {place.line}" if where is None else f"{where} line {place.line}"

"""A window as a trace that Perfetto and Chrome open: steps, phases, lines, modules, operators.

In the trace event format: times are microseconds since the run's start. What is too much is left
out, the shortest first.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import msgspec

from ..base import CellRun
from .allocations import Allocation
from .belonging import Belongings
from .marks import Marks, merged
from .nesting import Operator
from .steps import Span
from .trace_events import Args, Counter, Event, Name, Slice, Sort

MOST_EVENTS = 50_000
"""About 1 MB when compressed."""
_MOST_POINTS = 2_000
_LEVEL = 1
_STEPS, _PHASES, _LINES, _MODULES, _OPERATORS = range(1, 6)
_TRACKS = {
    _STEPS: "Steps",
    _PHASES: "Phases",
    _LINES: "Lines",
    _MODULES: "Modules",
    _OPERATORS: "Operators",
}


class Trace:
    """The trace of one run, piece by piece."""

    def __init__(self, run: CellRun) -> None:
        """Nothing was added yet."""
        self._run = run
        self._pid = run.execution_count or 1
        self._started_ns = round(run.started_at * 1e9)
        self._steps: list[Slice] = []
        """What is never left out."""
        self._slices: list[Slice] = []
        self._counters: list[Counter] = []
        self._threads: dict[int, int] = {}
        """Tracks of threads, by PyTorch's numbers of them."""
        self._places: dict[int, str] = {}

    def add_steps(self, boundaries_ns: Sequence[int]) -> None:
        """The beginning of the first step, and the end of each."""
        for begin, end in pairwise(boundaries_ns):
            span = (begin, end, f"Step {len(self._steps) + 1}")
            self._steps.append(self._slice(span, "step", _STEPS))

    def add_phases(self, spans: Iterable[Span]) -> None:
        """What the time was spent for."""
        self._slices += [self._slice(span, span[2], _PHASES) for span in spans]

    def add_marks(
        self,
        whole: tuple[int, int],
        lines: Marks[int | None],
        modules: Marks[str | None],
        code_of: Callable[[int], str],
    ) -> None:
        """Lines and modules of a span of time. ``code_of``: the text of a place's line."""
        for begin, end, place in merged(lines, whole):
            made = self._slice((begin, end, self._place(place)), "line", _LINES)
            if code := code_of(place):
                made.args = Args(code=code)
            self._slices.append(made)
        self._slices += [self._slice(span, "module", _MODULES) for span in merged(modules, whole)]

    def add_annotations(
        self, annotations: Iterable[Operator], whole: tuple[int, int], thread: int | None
    ) -> None:
        """Names that the program gave to parts of itself; ``thread``: that of the cell."""
        for each in annotations:
            begin, end = max(each.start_ns, whole[0]), min(each.end_ns, whole[1])
            if begin < end:
                track = self._track(each, thread)
                self._slices.append(self._slice((begin, end, each.name), "annotation", track))

    def add_operators(
        self, operators: Iterable[Operator], belongings: Belongings, thread: int | None
    ) -> None:
        """Operators by thread; ``thread``: that of the cell."""
        for each in operators:
            at = belongings.of(each)
            span = (each.start_ns, each.end_ns, each.name)
            made = self._slice(span, at.phase, self._track(each, thread))
            if at.place is not None or at.module is not None or each.shapes:
                made.args = Args(
                    line=None if at.place is None else self._place(at.place),
                    module=at.module,
                    shapes=each.shapes or None,
                    flops=each.flops,
                )
            self._slices.append(made)

    def add_allocations(self, allocations: Iterable[Allocation], whole: tuple[int, int]) -> None:
        """Bytes that were taken since the beginning, less those given back, by device."""
        points: dict[str, list[tuple[int, int]]] = {}
        now: dict[str, int] = {}
        for device, at_ns, _pointer, size, *_ in sorted(allocations, key=lambda each: each.at_ns):
            if whole[0] <= at_ns < whole[1]:
                now[device] = now.get(device, 0) + size
                points.setdefault(device, []).append((at_ns, now[device]))
        for device, found in points.items():
            every = len(found) // _MOST_POINTS + 1
            name = f"New tensors on {device}"
            self._counters += [
                Counter(name=name, pid=self._pid, ts=self._us(at_ns), args={"bytes": nbytes})
                for at_ns, nbytes in found[::every]
            ]

    def packed(self) -> bytes:
        """The trace as JSON, compressed by gzip."""
        slices = self._slices
        if len(slices) > MOST_EVENTS:
            least = sorted((each.dur for each in slices), reverse=True)[MOST_EVENTS]
            slices = [each for each in slices if each.dur > least]
        events: list[Event] = [*self._names(), *self._steps, *slices, *self._counters]
        document = {
            "traceEvents": events,
            "displayTimeUnit": "ms",
            "otherData": {
                "made_by": "jupyterlab-torchprof",
                "left_out_events": len(self._slices) - len(slices),
            },
        }
        return gzip.compress(msgspec.json.encode(document), _LEVEL, mtime=0)

    def _names(self) -> Iterator[Event]:
        count, pid = self._run.execution_count, self._pid
        cell = "Cell" if count is None else f"Cell [{count}]"
        yield Name(name="process_name", pid=pid, tid=0, args={"name": cell})
        threads = {track: f"Operators of thread {each}" for each, track in self._threads.items()}
        for track, name in {**_TRACKS, **threads}.items():
            yield Name(name="thread_name", pid=pid, tid=track, args={"name": name})
            yield Sort(name="thread_sort_index", pid=pid, tid=track, args={"sort_index": track})

    def _track(self, operator: Operator, thread: int | None) -> int:
        if operator.thread == thread:
            return _OPERATORS
        return self._threads.setdefault(operator.thread, _OPERATORS + 1 + len(self._threads))

    def _slice(self, span: Span, kind: str, track: int) -> Slice:
        begin, end, name = span
        ts, dur = self._us(begin), (end - begin) / 1000
        return Slice(name=name, cat=kind, pid=self._pid, tid=track, ts=ts, dur=dur)

    def _us(self, at_ns: int) -> float:
        return max(0, at_ns - self._started_ns) / 1000

    def _place(self, index: int) -> str:
        name = self._places.get(index)
        if name is None:
            place = self._run.places.nodes[index]
            where = place.function or (place.path if place.kind == "file" else None)
            line = f"line {place.line}"
            name = self._places[index] = line if where is None else f"{where} {line}"
        return name

"""From the pieces of a window to a deep profile, and to a trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ... import clocks
from ...record import DeepMemory, DeepProfile, DeepWindow
from ..base import CellRun
from .belonging import Belongings
from .blocks import peaks
from .collector import MARK
from .cut import cut, is_name
from .growth.calls import Modules, backwards_of
from .growth.reading import Growth
from .holding import memory_of
from .marks import Marks
from .nesting import Operator
from .per_step import PerStep
from .piece import Piece
from .steps import Span, phase_spans, steps_between
from .summing import Sums
from .trace import Trace
from .window import Window
from .works import Works


@dataclass(slots=True)
class _Read:
    """What one piece says."""

    piece: Piece
    thread: int | None
    """That of the cell, in PyTorch's numbers."""
    names: list[Operator]
    """Of parts of the program, which it has given itself."""
    operators: list[Operator]
    belongings: Belongings
    spans: list[Span]

    @property
    def whole(self) -> tuple[int, int]:
        """Its begin and end."""
        return self.piece.began_ns, self.piece.ended_ns

    @property
    def boundaries_ns(self) -> list[int]:
        """The beginning of its first step, and the end of each."""
        return [self.piece.began_ns, *self.piece.boundaries_ns]


class Reading:
    """Reads what a window has recorded."""

    def __init__(
        self,
        run: CellRun,
        window: Window,
        lines: Marks[int | None],
        modules: Marks[str | None],
        growth: Growth,
        *,
        threads: int = 1,
    ) -> None:
        """``window`` has pieces; ``lines`` and ``modules`` ran meanwhile.

        ``threads``: how many PyTorch computes with.
        """
        began = clocks.perf_counter()
        self._threads = threads
        self._run, self._window, self._lines, self._modules = run, window, lines, modules
        self._growth = growth
        self._pieces = [self._read(piece) for piece in window.told.pieces]
        self._codes: dict[int, str] = {}
        self.profile = self._profile()
        self.profile.reading_s = clocks.perf_counter() - began

    def _read(self, piece: Piece) -> _Read:
        operators: Sequence[Operator] = piece.collected.operators
        thread = next((each.thread for each in operators if each.name == MARK), None)
        whole = (piece.began_ns, piece.ended_ns)
        names = [each for each in operators if is_name(each)]
        left = cut(operators, *whole)
        belongings = Belongings(left, self._lines, self._modules, thread)
        spans = phase_spans(whole, left, belongings, self._modules, thread)
        return _Read(piece, thread, names, left, belongings, spans)

    def _profile(self) -> DeepProfile:
        is_whole = self._window.told.has_whole_steps
        sums = Sums(PerStep(self._pieces[-1].boundaries_ns if is_whole else ()))
        works = Works()
        profile = self._frame()
        busy_ns = whole_ns = 0
        for read in self._pieces:
            sums.add(read.operators, read.belongings)
            sums.add_lines(self._lines, *read.whole)
            works.add(
                read.operators,
                read.belongings,
                boundaries_ns=read.boundaries_ns if is_whole else (),
                allocated=_addresses(read),
            )
            profile.steps += steps_between(read.boundaries_ns, read.spans)
            if is_whole:
                profile.memory = list(self._memory(read))
                backwards = backwards_of(read.operators, read.belongings)
                modules = Modules(self._modules, backwards)
                self._growth.tell(profile, read.piece, read.spans, self._run.started_at, modules)
            profile.events += read.piece.collected.count
            busy_ns += sum(_busy(each) for each in read.operators if each.thread == read.thread)
            whole_ns += read.whole[1] - read.whole[0]
        profile.lines, profile.operators = sums.lines(), sums.operators()
        profile.modules, profile.tree = sums.modules(), sums.tree.nodes()
        profile.work = works.rows(window_s=whole_ns / 1e9, threads=self._threads)
        profile.operators_s, profile.flops = sums.operators_ns / 1e9, sums.flops
        profile.idle_s = max(0.0, (whole_ns - busy_ns) / 1e9)
        return profile

    def trace(self) -> bytes:
        """The same event by event, as JSON that is compressed by gzip."""
        began = clocks.perf_counter()
        trace = Trace(self._run)
        for read in self._pieces:
            if self._window.told.has_whole_steps:
                trace.add_steps(read.boundaries_ns)
            trace.add_phases(read.spans)
            trace.add_marks(read.whole, self._lines, self._modules, self._code_of)
            trace.add_annotations(read.names, read.whole, read.thread)
            trace.add_operators(read.operators, read.belongings, read.thread)
            trace.add_allocations(read.piece.collected.allocations, read.whole)
        packed = trace.packed()
        self.profile.reading_s += clocks.perf_counter() - began
        return packed

    def _code_of(self, place: int) -> str:
        if place not in self._codes:
            node = self._run.places.nodes[place]
            line = node.line or 0
            text = self._run.texts.line(node.source_hash, line) if node.kind == "cell" else ""
            self._codes[place] = text
        return self._codes[place]

    def _memory(self, read: _Read) -> Iterator[DeepMemory]:
        started_ns = round(self._run.started_at * 1e9)
        for peak in peaks(read.piece.collected.allocations, *read.whole):
            if peak.nbytes > 0:
                yield memory_of(peak, self._lines, read.spans, started_ns)

    def _frame(self) -> DeepProfile:
        window, pieces = self._window, self._window.told.pieces
        started_ns = round(self._run.started_at * 1e9)
        return DeepProfile(
            steps_asked=0,
            window=DeepWindow(
                begin_s=max(0.0, (pieces[0].began_ns - started_ns) / 1e9),
                end_s=(pieces[-1].ended_ns - started_ns) / 1e9,
                whole_steps=window.told.has_whole_steps,
                steps_seen=window.steps_seen,
                cut=window.cut,
            ),
        )


def _addresses(read: _Read) -> set[int]:
    """Where something was made or freed in a piece's time."""
    begin, end = read.whole
    allocations = read.piece.collected.allocations
    return {each.pointer for each in allocations if begin <= each.at_ns < end}


def _busy(operator: Operator) -> int:
    """Time of an outermost operator; annotations, which only have operators in them, are none."""
    if operator.parent is not None:
        return 0
    return _covered(operator)


def _covered(operator: Operator) -> int:
    if operator.is_annotation:
        return sum(map(_covered, operator.children))
    return operator.total_ns

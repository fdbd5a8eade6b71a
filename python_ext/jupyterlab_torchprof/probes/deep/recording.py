"""One deep profile, from the first hook to the rows of the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ... import clocks
from ...health import Health
from ...messages import DeepProgress
from ...patches import Patches
from ...record import DeepMemory, DeepProfile, DeepWindow
from ..base import CellRun
from ..hooks.step_hooks import StepHooks
from .belonging import Belongings
from .blocks import peaks
from .collector import MARK, Collector
from .cut import cut, is_name
from .holding import memory_of
from .lines import LineTrace
from .marks import Marks
from .modules import ModuleTrace
from .nesting import Operator
from .per_step import PerStep
from .piece import Piece
from .safety import Ranges
from .steps import Span, phase_spans, steps_between
from .summing import Sums
from .trace import Trace
from .window import Window
from .windows import Windows


class Recording:
    """Records operators, lines and modules of one run from `start` to `stop`."""

    def __init__(self, torch: Any, run: CellRun, health: Health, part: str) -> None:
        """Nothing is hooked yet; the run has options.

        Raises:
            ValueError: calls of modules cannot be seen in this PyTorch.
        """
        assert run.deep is not None
        self._run, self._steps = run, run.deep.steps
        self._health, self._part = health, part
        self._collector = Collector(torch, self._holding_up)
        self._ranges = Ranges(torch)
        self._is_running = False
        self._windows = Windows(
            lambda over: Window(
                self._collector,
                self._steps,
                is_safe=self._ranges.is_none_open,
                learns=torch.is_grad_enabled,
                over=over,
            ),
            over=self._look_away,
            again=self._look_again,
        )
        self._lines = LineTrace(run, self._safely(self._windows.at_line), self._failed)
        self._modules = ModuleTrace(torch, self._safely(self._windows.at_root))
        self._hooks, self._patches = StepHooks(), Patches()
        self._lines_known = False
        self._codes: dict[int, str] = {}

    def start(self) -> None:
        """Hook in, and begin to collect."""
        stepped = self._safely(self._windows.stepped)
        self._collector.watch_others(self._patches, self._safely(self._windows.give_way))
        self._ranges.watch(self._patches, self._safely(self._windows.at_line))
        self._hooks.attach(after=lambda optimizer, *_args: stepped(optimizer))
        self._modules.start()
        self._lines_known = self._lines.start()
        self._windows.open()
        self._is_running = True
        self._run.deep_progress, self._run.end_deep = self._progress, self._windows.end_soon

    def _progress(self) -> DeepProgress:
        """May be asked on any thread."""
        if self._run.is_held_up:
            return DeepProgress(state="reading")
        return self._windows.progress()

    @contextmanager
    def _holding_up(self) -> Iterator[None]:
        """The program waits for the collector: neither line nor phase has that time."""
        run, began = self._run, clocks.perf_counter()
        before, run.is_held_up = run.is_held_up, True
        try:
            yield
        finally:
            run.is_held_up = before
            if self._is_running and not before:
                run.overhead_s += clocks.perf_counter() - began

    def _look_away(self, is_final: bool = True) -> None:
        """Take the hooks away that are called often, and for good those of optimizers."""
        self._lines.stop()
        self._modules.stop()
        if is_final:
            self._hooks.detach()

    def _look_again(self) -> None:
        """A training begins."""
        self._modules.start()
        self._lines_known = self._lines.start() and self._lines_known

    def stop(self) -> None:
        """Take all hooks away, and end the collection."""
        self._is_running = False
        self._look_away()
        with self._health.guard(self._part):
            self._windows.close()
        self._patches.restore()

    def _safely(self, work: Any) -> Any:
        """Within the user's program: a failure ends the recording and goes no further."""

        def safely(*args: Any) -> None:
            try:
                work(*args)
            except Exception as error:
                self._failed(error)

        return safely

    def _failed(self, error: Exception) -> None:
        self._health.failed(self._part, error)
        self._windows.now.cut = "error"

    def read(self) -> DeepProfile | None:
        """What was recorded; ``None``: nothing."""
        began = clocks.perf_counter()
        pieces = self._windows.told.pieces
        if not pieces:
            return None
        started_ns = round(self._run.started_at * 1e9)
        if self._lines.is_lost:
            self._lines_known = False
            lines: Marks[int | None] = Marks([], [])
        else:
            lines = Marks(self._lines.times_ns, self._lines.places)
        modules = Marks(self._modules.times_ns, self._modules.names)
        steps = [pieces[-1].began_ns, *pieces[-1].boundaries_ns]
        sums = Sums(PerStep(steps if self._windows.told.has_whole_steps else ()))
        profile = self._frame(pieces, started_ns)
        trace = Trace(self._run)
        busy_ns = events = 0
        for piece in pieces:
            events += piece.collected.count
            operators = list(piece.collected.operators)
            thread = next((each.thread for each in operators if each.name == MARK), None)
            whole = (piece.began_ns, piece.ended_ns)
            named = [each for each in operators if is_name(each)]
            operators = cut(operators, *whole)
            belongings = Belongings(operators, lines, modules, thread)
            sums.add(operators, belongings)
            sums.add_lines(lines, piece.began_ns, piece.ended_ns)
            spans = phase_spans(whole, operators, belongings, modules, thread)
            boundaries = [piece.began_ns, *piece.boundaries_ns]
            profile.steps += steps_between(boundaries, spans)
            if self._windows.told.has_whole_steps:
                trace.add_steps(boundaries)
            trace.add_phases(spans)
            trace.add_marks(whole, lines, modules, self._code_of)
            trace.add_annotations(named, whole, thread)
            trace.add_operators(operators, belongings, thread)
            trace.add_allocations(piece.collected.allocations, whole)
            if self._windows.told.has_whole_steps:
                profile.memory = list(self._memory(piece, lines, spans))
            busy_ns += sum(_busy(each) for each in operators if each.thread == thread)
        profile.lines, profile.operators, profile.modules = (
            sums.lines(),
            sums.operators(),
            sums.modules(),
        )
        profile.tree = sums.tree.nodes()
        profile.operators_s, profile.flops = sums.operators_ns / 1e9, sums.flops
        whole_s = sum(piece.ended_ns - piece.began_ns for piece in pieces) / 1e9
        profile.idle_s = max(0.0, whole_s - busy_ns / 1e9)
        profile.events = events
        with self._health.guard(self._part):
            self._run.deep_trace = trace.packed()
        profile.reading_s = clocks.perf_counter() - began
        return profile

    def _code_of(self, place: int) -> str:
        if place not in self._codes:
            node = self._run.places.nodes[place]
            line = node.line or 0
            text = self._run.texts.line(node.source_hash, line) if node.kind == "cell" else ""
            self._codes[place] = text
        return self._codes[place]

    def _memory(
        self, piece: Piece, lines: Marks[int | None], spans: list[Span]
    ) -> Iterator[DeepMemory]:
        started_ns = round(self._run.started_at * 1e9)
        for peak in peaks(piece.collected.allocations, piece.began_ns, piece.ended_ns):
            if peak.nbytes > 0:
                yield memory_of(peak, lines, spans, started_ns)

    def _frame(self, pieces: list[Piece], started_ns: int) -> DeepProfile:
        window = self._windows.told
        return DeepProfile(
            steps_asked=self._steps,
            lines_known=self._lines_known,
            window=DeepWindow(
                begin_s=max(0.0, (pieces[0].began_ns - started_ns) / 1e9),
                end_s=(pieces[-1].ended_ns - started_ns) / 1e9,
                whole_steps=window.has_whole_steps,
                steps_seen=window.steps_seen,
                cut=window.cut,
            ),
        )


def _busy(operator: Operator) -> int:
    """Time of an outermost operator; annotations, which only have operators in them, are none."""
    if operator.parent is not None:
        return 0
    return _covered(operator)


def _covered(operator: Operator) -> int:
    if operator.is_annotation:
        return sum(map(_covered, operator.children))
    return operator.total_ns

"""One deep profile, from the first hook to the rows of the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ... import clocks
from ...health import Health
from ...messages import DeepProgress
from ...patches import Patches
from ...record import DeepProfile
from ..base import CellRun
from ..collector import collector_paused
from ..hooks.recording import is_recorded, is_transforming
from ..hooks.step_hooks import StepHooks
from .collector import Collector
from .compiling import CompilerLog
from .growth.input_sizes import InputSizes
from .growth.owned import Owned
from .growth.reading import Growth
from .lines import LineTrace
from .marks import Marks
from .modules import ModuleTrace
from .reading import Reading
from .safety import Ranges
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
        self._torch, self._run, self._steps = torch, run, run.deep.steps
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
        self._torch, self._is_recorded = torch, is_recorded(torch)
        self._owned, self._inputs = Owned(torch), InputSizes(torch)
        self._modules = ModuleTrace(
            torch, self._safely(self._windows.at_root), self._safely(self._root_ended)
        )
        self._hooks, self._patches = StepHooks(), Patches()
        self._compiler = CompilerLog(run, lambda error: health.failed(part, error))
        self._lines_known = False

    def start(self) -> None:
        """Hook in, and begin to collect."""
        stepped = self._safely(self._stepped)
        self._collector.watch_others(self._patches, self._safely(self._windows.give_way))
        self._ranges.watch(self._patches, self._safely(self._windows.at_line))
        self._hooks.attach(after=lambda optimizer, *_args: stepped(optimizer))
        self._compiler.start()
        self._modules.start()
        self._lines_known = self._lines.start()
        self._windows.open()
        self._is_running = True
        self._run.deep_progress, self._run.end_deep = self._progress, self._windows.end_soon

    def _stepped(self, optimizer: Any) -> None:
        if self._may_read():
            with self._holding_up():
                self._owned.add_step(optimizer)
        self._windows.stepped(optimizer)

    def _root_ended(self, root: Any, inputs: tuple[Any, ...]) -> None:
        if self._may_read():
            with self._holding_up():
                self._owned.add_root(root)
                self._inputs.add(inputs)

    def _may_read(self) -> bool:
        """Whether tensors are what they seem, and what is read of them matters."""
        return not (
            self._windows.now.is_over or self._is_recorded() or is_transforming(self._torch)
        )

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
        self._compiler.stop()
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
        window = self._windows.chosen
        if not window.told.pieces:
            return None
        lines: Marks[int | None] = Marks(
            self._lines.times_ns, self._lines.places, self._lines.begins
        )
        if self._lines.is_lost:
            self._lines_known, lines = False, Marks([], [])
        modules = Marks(self._modules.times_ns, self._modules.names)
        threads = self._torch.get_num_threads()
        growth = Growth(self._owned, self._inputs)
        with collector_paused():
            reading = Reading(self._run, window, lines, modules, growth, threads=threads)
            with self._health.guard(self._part):
                self._run.deep_trace = reading.trace()
        profile = reading.profile
        profile.reading_s += self._collector.stops_s
        profile.compiler = self._compiler.told()
        profile.steps_asked, profile.lines_known = self._steps, self._lines_known
        return profile

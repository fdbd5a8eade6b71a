"""PyTorch's profiler as a collector of operators: started and stopped, and quiet about it.

``torch.autograd.profiler.profile`` and not ``torch.profiler.profile``, whose first start imports
the compiler, which takes a second. The methods that are used exist from PyTorch 2.4 on.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import ModuleType
from typing import Any

from ... import clocks
from ...patches import Patches
from ..collector import collector_paused
from ..hooks.onlookers import OWN
from .piece import Collected, read

MARK = "jupyterlab-torchprof"
"""Name of the annotation that says which thread is the cell's."""

_LOG_LEVEL = "KINETO_LOG_LEVEL"
_SILENT = "99"


class Busy(Exception):
    """Another profiler collects already, so this one would take its events away."""


class Collector:
    """One collection after the other; each is an object of PyTorch's with all its events."""

    _is_primed = False

    def __init__(
        self,
        torch: ModuleType,
        holding_up: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Nothing is collected yet. ``holding_up`` is entered while the program waits for us."""
        self._torch, self._holding_up = torch, holding_up
        self._profile: Any = None
        self._thread = 0
        self.stops_s = 0.0
        """What it took so far to end collections and to read what they had."""
        self._others: list[Any] = []
        """Profilers of other threads that have taken the events since."""

    @property
    def is_running(self) -> bool:
        """Whether operators are being collected."""
        return self._profile is not None

    def watch_others(self, patches: Patches, stopped: Any) -> None:
        """Give way to a profiler that the program starts: ``stopped()`` is called before it does.

        PyTorch would hand everything that was collected so far to nobody.
        """
        collector = self

        def around(original: Any) -> Any:
            def _prepare_trace(profile: Any) -> Any:
                if collector._profile is None or profile is collector._profile:
                    return original(profile)
                stopped()
                prepared = original(profile)  # older versions of PyTorch refuse a second thread
                if threading.get_ident() != collector._thread:
                    collector._others.append(profile)
                return prepared

            return _prepare_trace

        patches.wrap(self._torch.autograd.profiler.profile, "_prepare_trace", around)

    def start(self) -> None:
        """Collect the operators of all threads that PyTorch watches from now on.

        Raises:
            Busy: the program's own profiler is at work.
        """
        if self._torch.autograd._profiler_enabled():
            raise Busy
        with self._holding_up():
            self._prime()
            self._begin()
        # `record_function` is an operator, which a trace or a mode of the program's would see.
        with self._torch._C._profiler._RecordFunctionFast(MARK):
            pass

    def _prime(self) -> None:
        """Have PyTorch complain where nobody hears it that it frees what it did not see made.

        It does so once in a process.
        """
        if not Collector._is_primed:
            Collector._is_primed = True
            seen = [self._torch.empty(64)]
            self._begin()
            with _silence():
                seen.clear()
            self.stop(lambda _count: False)

    def _begin(self) -> None:
        profile = self._torch.autograd.profiler.profile(
            use_cpu=True,
            use_kineto=True,
            record_shapes=True,
            profile_memory=True,
            use_device=self._device(),
        )
        with _silence():
            self._profile, self._thread = profile, threading.get_ident()
            try:
                profile._prepare_trace()
                profile._start_trace()
                OWN.collects = True
            except BaseException:
                self._profile = None
                raise

    def stop(self, is_wanted: Callable[[int], bool] = lambda _count: True) -> Collected | None:
        """What was collected; ``None``: nothing ran.

        ``is_wanted`` is asked with the number of events; where it says no, only that is told.

        Only the thread that started it can end it; on another one it goes on.
        """
        if self._profile is None or threading.get_ident() != self._thread:
            return None
        began = clocks.perf_counter()
        with self._holding_up(), collector_paused():
            collected = self._stop(is_wanted)
        self.stops_s += clocks.perf_counter() - began
        return collected

    def _stop(self, is_wanted: Callable[[int], bool]) -> Collected | None:
        profile, self._profile = self._profile, None
        OWN.collects = False
        others, self._others = self._others, []
        if others:
            # What runs now is theirs to end, and where it is nobody's, PyTorch would crash.
            if all(each.kineto_results is not None for each in others):
                self._end_for_nothing()
            return None
        profile.use_device = None  # it would wait for the device
        with _silence():
            profile.__exit__(None, None, None)
        return read(profile.kineto_results, self._torch._C._profiler, is_wanted)

    def _end_for_nothing(self) -> None:
        """Take the profiler off this thread: for what it ends, an empty collection stands in."""
        profile = self._torch.autograd.profiler.profile(use_cpu=True, use_kineto=True)

        def stand_in() -> None:
            profile._prepare_trace()
            profile._start_trace()

        thread = threading.Thread(target=stand_in, daemon=True)
        with _silence():
            thread.start()
            thread.join()
            self._torch.autograd._disable_profiler()

    def _device(self) -> str | None:
        """The accelerator whose kernels are collected, too, once the program has used it."""
        cuda = getattr(self._torch, "cuda", None)
        return "cuda" if cuda is not None and cuda.is_initialized() else None


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what the library prints about itself out of the cell's output.

    It writes to the file descriptor of standard error, which a kernel shows in red.
    """
    before = os.environ.get(_LOG_LEVEL)
    os.environ.setdefault(_LOG_LEVEL, _SILENT)
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        kept = -1
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        yield
    finally:
        os.close(sink)
        if kept >= 0:
            os.dup2(kept, 2)
            os.close(kept)
        if before is None:
            os.environ.pop(_LOG_LEVEL, None)


def now_ns() -> int:
    """The clock of the events: nanoseconds since the epoch."""
    return clocks.time_ns()

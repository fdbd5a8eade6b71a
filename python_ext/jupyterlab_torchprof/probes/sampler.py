"""A thread that looks ten times a second at memory, and more often at where the cell is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from random import Random
from threading import get_ident
from typing import ClassVar

from .. import clocks
from ..health import Health
from ..patches import Patches
from ..record import HOST, CellRecord, Sample
from ..timeline import Timeline
from .base import CellRun, Probe
from .devices import Devices
from .host_memory import make_resident_reader, resident_or_none
from .line_costs import line_costs
from .stacks import Stacks

Listener = Callable[[CellRun, Sample], None]

SLOWEST_HZ, FASTEST_HZ = 0.2, 50.0
LIVE_PERIOD_S = 0.1
"""The listener is told at most this often."""
LASTS_S = 0.05
"""So long a cell runs before that is told: of one that is over by then, the end tells all."""
STACK_PERIOD_S = 0.02
"""Least time between looks at the stack, on average."""
_STACK_SHARE = 0.003
"""Of the time, which looks at the stack may take at first."""
_MANY = 200
"""Looks, after which they may take half of that: each tells less than those before it."""
_NEWEST = 1 / 16
"""Weight of the newest look in the mean of what looks take. With a pause for what that look itself
took, places deep in the stack, where a look takes longer, would be met less often."""


class SamplerProbe(Probe):
    """Samples cells that last longer than one period.

    The thread is parked while nothing runs. After a cell it stays on its timer for the rest of
    the period, so a burst of short cells does not wake it each time.
    """

    name: ClassVar[str] = "sampler"

    def __init__(self, health: Health, devices: Devices, listener: Listener | None = None) -> None:
        """``listener`` is called on the thread, with each sample as it is taken."""
        super().__init__(health)
        self._devices = devices
        self._listener = listener
        self._resident_bytes = make_resident_reader()
        self._period_s = 0.1
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._parked = False
        self._closed = False
        self._run: CellRun | None = None
        self._run_thread = 0
        self._next = 0.0
        self._next_stack = 0.0
        self._lasts_at = 0.0
        self._last_live = 0.0
        self._timeline = Timeline()
        self._stacks: Stacks | None = None
        self._cost_s = 0.0
        self._look_s = 0.0
        self._looks = 0
        self._random = Random()  # of its own: the program's random numbers stay as they are

    @property
    def rate_hz(self) -> float:
        """Samples a second."""
        return 1.0 / self._period_s

    def set_rate(self, hz: float) -> None:
        """Samples a second, from the next cell on; held within `SLOWEST_HZ` and `FASTEST_HZ`."""
        self._period_s = 1.0 / min(max(hz, SLOWEST_HZ), FASTEST_HZ)

    def attach(self, patches: Patches) -> None:
        """Start the thread, parked."""
        self._closed = False
        self._thread = threading.Thread(target=self._watch, name="torchprof-sampler", daemon=True)
        self._thread.start()

    def forked(self) -> None:
        """The thread is not in this process, and it may have held the lock."""
        self._changed, self._thread = threading.Condition(), None

    def detach(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._run = None
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=2.0)
        self._thread = None

    def begin(self, run: CellRun) -> None:
        """The first sample comes one period from now."""
        with self._changed:
            self._run = run
            self._run_thread = get_ident()
            self._timeline = Timeline()
            self._cost_s, self._looks = 0.0, 0
            self._last_live = 0.0
            now = clocks.perf_counter()
            self._next, self._next_stack = now + self._period_s, now + STACK_PERIOD_S
            self._lasts_at = now + LASTS_S
            self._stacks = Stacks(run)
            run.phases = self._stacks.phases
            if self._parked:
                self._changed.notify()

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Stop, and write samples and lines. A tick in progress is waited for."""
        with self._changed:
            self._run = None
        run.overhead_s += self._cost_s
        record.samples = self._timeline.samples
        record.stack_samples = 0 if self._stacks is None else self._stacks.seen
        record.lines = line_costs(record)
        self._stacks = None

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                run = self._run
                if run is None:
                    self._parked = True
                    self._changed.wait()
                    self._parked = False
                    continue
                now = clocks.perf_counter()
                due = min(self._next, self._next_stack)
                if run.lasts is not None:
                    due = min(due, self._lasts_at)
                if now < due:
                    self._changed.wait(due - now)
                    continue
                # Processor time: a wait for the interpreter's lock costs the cell nothing.
                began = clocks.thread_time()
                if run.lasts is not None and now >= self._lasts_at:
                    lasts, run.lasts = run.lasts, None
                    with self.health.guard(self.name):
                        lasts()
                if now >= min(self._next, self._next_stack):
                    self._sample(run, now)
                self._cost_s += clocks.thread_time() - began

    def _sample(self, run: CellRun, now: float) -> None:
        """Look at the stack, at memory, or at both: what is due."""
        began = clocks.thread_time()
        place, is_due = None, now >= self._next_stack
        with self.health.guard(self.name):
            place = self._look(is_due)
        self._look_s += (clocks.thread_time() - began - self._look_s) * _NEWEST
        if is_due:
            # At random times: looks in a rhythm would meet a loop with a similar one, as
            # training steps are, at some of its places more often than at others.
            self._looks += 1
            share = _STACK_SHARE / 2 if self._looks > _MANY else _STACK_SHARE
            pause = max(STACK_PERIOD_S, self._look_s / share)
            self._next_stack = now + self._random.expovariate(1 / pause)
        if now >= self._next:
            with self.health.guard(self.name):
                self._tick(run, now, place)
            self._next = max(self._next + self._period_s, clocks.perf_counter())

    def _look(self, counts: bool) -> int | None:
        """Where the cell is; a look for a sample of memory, which comes in a rhythm, counts not."""
        stacks = self._stacks
        return None if stacks is None else stacks.look(self._run_thread, counts=counts)

    def _tick(self, run: CellRun, now: float, place: int | None) -> None:
        for tick in run.ticks:
            tick()
        busy, run.busy = run.busy, {}
        host = resident_or_none(self._resident_bytes)
        sample = Sample(
            t_s=round(now - run.started, 4),
            host_bytes=host or 0,
            devices={name: self._devices.use(name).allocated for name in self._devices.names()},
            place=place,
            cpu_s=round(clocks.process_time() - run.cpu_started_s, 4),
            utilisation=busy,
        )
        if self._stacks is not None:
            self._stacks.grew(place, sample)
        peaks = run.sampled_peaks
        if host is not None:
            peaks[HOST] = max(peaks.get(HOST, 0), host)
        for device, allocated in sample.devices.items():
            peaks[device] = max(peaks.get(device, 0), allocated)
        self._timeline.add(sample)
        if self._listener is not None and now - self._last_live >= 0.95 * LIVE_PERIOD_S:
            self._last_live = now
            self._listener(run, sample)

"""What one rank writes of itself: frames, from the start of its run to its end."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from copy import copy

from .. import clocks
from ..health import Health
from ..probes.base import CellRun
from ..ranks.stream import Began, Ended, Identity, Progress, RankOptions, Writer
from ..record import CellRecord, Sample, Waiting
from .collectives import arrivals, backend_of, numbers, recorded, totals, waiting
from .identity import identity
from .openmp import OpenMPWait
from .replicas import Replicas

_OFTEN_S = 60.0
"""For so long a rank writes each sample; then one in each `_SELDOM_S`."""
_SELDOM_S = 0.5
_STALL_S = 2.0
"""Without a backward or a step after which it is asked what a rank waits for, and how often."""
_LOOK_S = 1.0
"""Between looks at whether it waits for threads that it does not have."""


class RankFrames:
    """Writes them; `sampled` is called on the sampling thread, the others on the program's."""

    def __init__(
        self,
        options: RankOptions,
        index: int | None,
        run: CellRun,
        *,
        steps: Callable[[], int],
        replicas: Replicas,
        health: Health,
    ) -> None:
        """Create the file. Raises OSError.

        ``index``: the number of the process among those that were started with it; ``steps``: of
        all optimizers so far in this run; ``replicas``: a probe of the run's measurement.
        """
        self._options, self._index = options, index
        self._run, self._steps = run, steps
        self._health = health
        self._who = identity(Identity(rank=index, world_size=options.processes))
        self._writer = Writer(options.folder, f"{socket.gethostname()}-{os.getpid()}-{run.run_id}")
        self._replicas = replicas
        self._numbers = numbers()
        self._places = 0
        self._next = 0.0
        self._moved: tuple[int, int] | None = None
        self._moved_s = self._asked_s = 0.0
        self._looked_s = 0.0
        self._waiting: Waiting | None = None
        self._openmp = OpenMPWait() if options.start_method == "fork" else None
        self._openmp_wait_s: float | None = None

    def began(self, record: CellRecord) -> None:
        """``record``: what is known of the run at its start. Raises OSError."""
        options = self._options
        self._writer.write(
            Began(
                index=self._index,
                processes=options.processes,
                pid=os.getpid(),
                host=socket.gethostname(),
                start_method=options.start_method,
                launch=options.launch,
                record=_without_source(record),
            )
        )

    def sampled(self, sample: Sample) -> None:
        """A sample was taken. Raises OSError."""
        if sample.t_s < self._next:
            return
        self._next = 0.0 if sample.t_s < _OFTEN_S else sample.t_s + _SELDOM_S
        self.identify()
        known = len(self._run.places.nodes)
        places, self._places = self._run.places.nodes[self._places : known], known
        backwards, steps = self._run.work.backwards, self._steps()
        if self._is_still(sample.t_s, (backwards, steps)):
            self._look_for_a_stall(sample)
        self._writer.write(
            Progress(
                at=clocks.time(),
                who=self._who,
                sample=sample,
                backwards=backwards,
                steps=steps,
                waiting=self._waiting,
                openmp_wait_s=self._openmp_wait_s,
                places=places,
            )
        )

    def identify(self) -> None:
        """Ask who this is: a rank joins its group late, and may leave it before its end."""
        self._who = identity(self._who)

    def ended(self, record: CellRecord, since: float) -> None:
        """The run was over at ``since``, as ``record`` describes it. Raises OSError.

        What was worked on it since is added to its overhead.
        """
        told = _without_source(record)
        replicas = self._replicas.found()
        frame = Ended(at=clocks.time(), who=self._who, record=told, replicas=replicas)
        with self._health.guard("collectives"):
            has_none = self._numbers is not None and self._numbers == numbers()
            entries = [] if has_none else recorded(since=self._run.started_at)
            if self._who.backend is None and entries:  # in a group for less than a sample
                self._who.backend = backend_of(entries[-1])
            frame.collectives, frame.arrivals = totals(entries), arrivals(entries)
        told.overhead_s += clocks.perf_counter() - since
        self._writer.write(frame)

    def close(self) -> None:
        """No frame follows."""
        self._writer.close()

    def _is_still(self, now_s: float, moved: tuple[int, int]) -> bool:
        """Whether nothing has moved for a while."""
        if moved != self._moved:
            self._moved, self._moved_s = moved, now_s
            self._waiting = self._openmp_wait_s = None
        return now_s - self._moved_s >= _STALL_S

    def _look_for_a_stall(self, sample: Sample) -> None:
        """Ask what it waits for, which costs some, and the recorder more than the system."""
        now_s = sample.t_s
        if self._openmp is not None and now_s - self._looked_s >= _LOOK_S:
            self._looked_s = now_s
            self._openmp_wait_s = self._openmp.look(now_s, sample.cpu_s or 0.0)
        if self._who.backend is not None and now_s - self._asked_s >= _STALL_S:
            self._asked_s = now_s
            with self._health.guard("collectives"):
                self._waiting = waiting(recorded(since=self._run.started_at))


def _without_source(record: CellRecord) -> CellRecord:
    """The cell's own record has it."""
    told = copy(record)
    told.source = ""
    return told

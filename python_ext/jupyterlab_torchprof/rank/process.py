"""The measurement of one rank, in the process of that rank."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Mapping
from typing import Any

from .. import clocks
from ..health import Health
from ..measurement import Measurement
from ..probes.base import CellRun
from ..probes.lines import CellCode
from ..probes.places.texts import CellTexts
from ..ranks.stream import Began, Ended, Identity, Progress, RankOptions, Writer
from ..record import CellRecord, ErrorInfo, Sample, Status, Waiting
from ..run_records import outcome_of, record_of
from .collectives import arrivals, backend_of, recorded, totals, waiting
from .identity import identity
from .outcome import is_success
from .replicas import Replicas

_OFTEN_S = 60.0
"""For so long a rank writes each sample; then one in each `_SELDOM_S`."""
_SELDOM_S = 0.5
_STALL_S = 2.0
"""Without a backward or a step after which it is asked what a rank waits for, and how often."""


class RankMeasurement:
    """Measures this process from now to `end`, and writes what it sees."""

    def __init__(
        self,
        options: RankOptions,
        index: int | None,
        namespace: Mapping[str, Any] | None = None,
    ) -> None:
        """Begin. ``index``: the number of the process among those that were started with it.

        ``namespace``: the program's variables; those of ``__main__`` by default.
        """
        began = clocks.perf_counter()
        self._health = Health()
        inherited = Measurement.abandon_inherited()
        self._who = identity(Identity(rank=index, world_size=options.processes))
        self._writer = Writer(options.folder)
        self._run = run = _run(options, inherited, namespace)
        self._replicas = Replicas(self._health)
        self._places = 0
        self._next = 0.0
        self._moved: tuple[int, int] | None = None
        self._moved_s = self._asked_s = 0.0
        self._waiting: Waiting | None = None
        self._writer.write(
            Began(
                index=index,
                processes=options.processes,
                pid=os.getpid(),
                host=socket.gethostname(),
                start_method=options.start_method,
                launch=options.launch,
                record=_record(run, run.started, "interrupted", None),
            )
        )
        self._measurement = Measurement(self._health, self._sampled, also=[self._replicas])
        self._measurement.set_rate(options.sampling_hz)
        self._measurement.open()
        self._measurement.begin(run)
        run.started_at, run.started = clocks.time(), clocks.perf_counter()
        run.overhead_s += run.started - began

    def end(self, error: BaseException | None) -> None:
        """The user's function has returned, or raised ``error``."""
        run, ended = self._run, clocks.perf_counter()
        with self._health.guard("ranks"):
            self._identify()
            failure = None if is_success(error) else error
            record = _record(run, ended, *outcome_of(failure, run.code))
            if error is not None and record.error is not None:
                self._explain(record.error, error)
            self._measurement.end(run, record)
            record.overhead_s = run.overhead_s
            replicas = self._replicas.found()
            frame = Ended(at=clocks.time(), who=self._who, record=record, replicas=replicas)
            with self._health.guard("collectives"):
                entries = recorded(since=run.started_at)
                if self._who.backend is None and entries:  # in a group for less than a sample
                    self._who.backend = backend_of(entries[-1])
                frame.collectives, frame.arrivals = totals(entries), arrivals(entries)
            record.overhead_s += clocks.perf_counter() - ended
            self._writer.write(frame)
        with self._health.guard("ranks"):
            self._measurement.close()
            self._writer.close()

    def _explain(self, info: ErrorInfo, error: BaseException) -> None:
        from ..errors.explain import explain

        with self._health.guard("errors"):
            explain(info, error, self._run, self._run.texts.latest())

    def _sampled(self, run: CellRun, sample: Sample) -> None:
        """On the sampling thread."""
        if sample.t_s < self._next:
            return
        self._next = 0.0 if sample.t_s < _OFTEN_S else sample.t_s + _SELDOM_S
        self._identify()
        known = len(run.places.nodes)
        places, self._places = run.places.nodes[self._places : known], known
        backwards, steps = run.work.backwards, self._measurement.optimizer_steps()
        self._look_for_a_stall(run, sample.t_s, (backwards, steps))
        self._writer.write(
            Progress(
                at=clocks.time(),
                who=self._who,
                sample=sample,
                backwards=backwards,
                steps=steps,
                waiting=self._waiting,
                places=places,
            )
        )

    def _look_for_a_stall(self, run: CellRun, now_s: float, moved: tuple[int, int]) -> None:
        """Ask the recorder, which costs some, only when nothing has moved for a while."""
        if moved != self._moved:
            self._moved, self._moved_s, self._waiting = moved, now_s, None
        still = now_s - self._moved_s >= _STALL_S
        if still and self._who.backend is not None and now_s - self._asked_s >= _STALL_S:
            self._asked_s = now_s
            with self._health.guard("collectives"):
                self._waiting = waiting(recorded(since=run.started_at))

    def _identify(self) -> None:
        self._who = identity(self._who)


def _run(
    options: RankOptions, inherited: CellRun | None, namespace: Mapping[str, Any] | None
) -> CellRun:
    """A forked process goes on in the notebook's namespace, with functions of earlier cells."""
    if inherited is not None:
        namespace = inherited.namespace
    elif namespace is None:
        namespace = vars(sys.modules["__main__"])
    return CellRun(
        run_id=secrets.token_hex(8),
        cell_id=options.cell_id,
        execution_count=options.execution_count,
        source=options.source,
        namespace=namespace,
        code=CellCode(options.source, namespace) if inherited is None else inherited.code,
        texts=CellTexts() if inherited is None else inherited.texts,
        is_program=inherited is None,
        is_rank=True,
    )


def _record(run: CellRun, ended: float, status: Status, error: ErrorInfo | None) -> CellRecord:
    """Without the source, which the cell's own record has."""
    record = record_of(run, ended, status, error)
    record.source = ""
    return record

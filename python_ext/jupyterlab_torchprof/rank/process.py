"""The measurement of one rank, in the process of that rank."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from typing import Any

from .. import clocks
from ..health import Health
from ..measurement import Measurement
from ..probes.base import CellRun
from ..probes.lines import CellCode
from ..probes.places.texts import CellTexts
from ..ranks.stream import RankOptions
from ..record import ErrorInfo, Sample
from ..run_records import outcome_of, record_of
from .frames import RankFrames
from .outcome import is_success
from .replicas import Replicas


class RankMeasurement:
    """Measures this process from now to `end`, and writes what it sees."""

    def __init__(
        self,
        options: RankOptions,
        index: int | None,
        namespace: Mapping[str, Any] | None = None,
        *,
        texts: CellTexts | None = None,
    ) -> None:
        """Begin. ``index``: the number of the process among those that were started with it.

        ``namespace``: the program's variables; those of ``__main__`` by default. ``texts``: in
        which its functions stand, where another process has compiled them.
        """
        began = clocks.perf_counter()
        self._health, self._is_sent = Health(), texts is not None
        inherited = Measurement.abandon_inherited()
        self._run = run = _run(options, inherited, namespace, texts)
        replicas = Replicas(self._health)
        self._measurement = Measurement(self._health, self._sampled, also=[replicas])
        steps = self._measurement.optimizer_steps
        self._frames = RankFrames(
            options, index, run, steps=steps, replicas=replicas, health=self._health
        )
        self._frames.began(record_of(run, run.started, "interrupted"))
        self._measurement.set_rate(options.sampling_hz)
        self._measurement.open()
        self._measurement.begin(run)
        run.started_at, run.started = clocks.time(), clocks.perf_counter()
        run.overhead_s += run.started - began

    def end(self, error: BaseException | None) -> None:
        """The user's function has returned, or raised ``error``."""
        run, ended = self._run, clocks.perf_counter()
        with self._health.guard("ranks"):
            self._frames.identify()
            failure = None if is_success(error) else error
            record = record_of(run, ended, *outcome_of(failure, run.code))
            if error is not None and record.error is not None:
                self._explain(record.error, error)
            self._measurement.end(run, record)
            record.overhead_s = run.overhead_s
            self._frames.ended(record, ended)
        with self._health.guard("ranks"):
            self._measurement.close()
            self._frames.close()

    def _explain(self, info: ErrorInfo, error: BaseException) -> None:
        with self._health.guard("errors"):
            if self._is_sent:
                from .call_errors import explain_call

                explain_call(info, error, self._run)
                return
            from ..errors.explain import explain

            explain(info, error, self._run, self._run.texts.latest())

    def _sampled(self, _run: CellRun, sample: Sample) -> None:
        self._frames.sampled(sample)


def _run(
    options: RankOptions,
    inherited: CellRun | None,
    namespace: Mapping[str, Any] | None,
    texts: CellTexts | None,
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
        texts=texts or (CellTexts() if inherited is None else inherited.texts),
        is_program=inherited is None,
        is_rank=True,
    )

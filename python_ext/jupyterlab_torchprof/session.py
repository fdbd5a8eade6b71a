"""The profiler of one shell: from IPython's events to the record, its advice and its delivery."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from . import clocks
from .actions.run import run_action
from .asked import BUSY, Asked
from .deep_options import DeepOptions, options_for
from .deliver.comm import CommManager, FrontEnds
from .deliver.control import Control
from .deliver.display import show
from .deliver.nobody import Nobody
from .deliver.traces import Traces
from .environment import describe
from .errors.explain import explain
from .errors.out_of_memory import allocation_that_failed, post_mortem
from .health import Health
from .history import History
from .idle_imports import IdleImports
from .lifecycle import STOPPED, CellLife, cell_id, error_of, execution_count, outcome
from .measurement import Measurement, own_work
from .memory.now import Memory
from .messages import (
    ActionDone,
    CellEnded,
    CellStarted,
    DeepRequest,
    MemoryMessage,
    RunAction,
    SampleTaken,
    SessionMessage,
    Settings,
    StatusMessage,
)
from .probes.base import CellRun
from .probes.lines import CellCode
from .probes.places.texts import CellTexts
from .rank.calls import EngineCalls
from .rank.engine import EngineRank
from .rank.entry import RankEntry
from .rank.first import FirstRank
from .rank.group import KernelGroup
from .ranks.late import LateRanks
from .record import SCHEMA_VERSION, CellRecord, Check, Sample, Session
from .run_records import outcome_of, record_of
from .session_advice import SessionAdvice
from .source import MAGIC, Mark

_EARLIER = 200
"""Cells among whose texts the code of a traceback is looked for."""


class Profiler:
    """Measures the cells of one shell between `load` and `unload`."""

    def __init__(self, shell: InteractiveShell, magic: str = MAGIC) -> None:
        """Nothing is hooked in yet. ``magic``: the name of the magic in this shell."""
        self.shell = shell
        self.mark = Mark(magic)
        self.enabled = True
        self.health = Health()
        self.history = History()
        self._advice = SessionAdvice(
            self.health, self.history, is_busy=self._is_busy, tell=self._tell
        )
        self.notebooks = self._advice.notebooks
        self._asked = Asked(
            self.health, self.history, self._advice, is_busy=self._is_busy, tell=self._tell
        )
        self._texts = CellTexts()
        self._asked_deep: dict[str, DeepOptions] = {}
        """By cell: of its next run."""
        self._traces = Traces()
        self._group = KernelGroup.here()
        self._engine = EngineRank(shell, self.health, self._group)
        self._late = LateRanks(self.health, self._is_busy, self._advice.told_late)
        self._first = FirstRank.of(self._group, self._late, self.health)
        self._measurement = Measurement(
            self.health,
            self._sampled,
            ranks=RankEntry,
            late=self._late,
            also=self._engine.probes,
        )
        self._calls = EngineCalls(
            shell, self._engine, self._measurement, self._texts, is_free=self._is_free
        )
        self._memory = Memory(self._measurement.devices)
        self._imports = IdleImports()
        self._front_ends = FrontEnds(
            self.health,
            self._snapshot,
            self._apply,
            self.act,
            self.examine,
            notebooks=self.notebooks,
            deep=self._ask_deep,
            trace=self._traces.part,
            replay=self._asked.replay,
            roofs=self._asked.roofs,
        )
        self._nobody = Nobody(self.health)
        self._control = Control(self._stop_deep)
        self._life = CellLife(self._begin, self._end)
        self._run: CellRun | None = None

    @property
    def settings(self) -> Settings:
        """As a front end told them last."""
        return self._advice.settings

    def load(self) -> None:
        """Hook in. A part that cannot is counted in the health line, the others work."""
        with self.health.guard("probes"):
            self._measurement.open()
        with self.health.guard("ranks"):
            self._calls.open()
        events: Any = self.shell.events
        events.register("pre_run_cell", self._pre_run_cell)
        events.register("post_run_cell", self._post_run_cell)
        self.shell.input_transformer_manager.cleanup_transforms.append(self.mark)
        manager = _comm_manager(self.shell)
        if manager is not None:
            with self.health.guard("comm"):
                if self._group is None or self._group.is_first:
                    self._front_ends.open(manager)
                else:
                    self._nobody.open(manager)
                self._control.open(getattr(self.shell, "kernel", None))

    def unload(self) -> None:
        """Restore everything, and say goodbye to the front ends."""
        events: Any = self.shell.events
        for name, callback in (
            ("pre_run_cell", self._pre_run_cell),
            ("post_run_cell", self._post_run_cell),
        ):
            if callback in events.callbacks[name]:
                events.unregister(name, callback)
        transforms = self.shell.input_transformer_manager.cleanup_transforms
        if self.mark in transforms:
            transforms.remove(self.mark)
        run, self._run = self._run, None
        self._calls.close()
        if run is not None:  # the cell that unloads goes on, but that is not ours to say
            ended = clocks.perf_counter()
            self._engine.end(record_of(run, ended, "ok"), ended)
        self._engine.close()
        self._imports.close()
        self._measurement.close()
        self._front_ends.close()
        self._nobody.close()
        if self._first is not None:
            self._first.close()
        if self._group is not None:
            self._group.close()
        self._control.close()

    def switch(self, enabled: bool) -> None:
        """Profile the cells that start from now on, or don't."""
        self.enabled = enabled
        self._send_status()

    def session(self, records: Sequence[CellRecord] | None = None) -> Session:
        """The session so far as a document, or only these runs of it."""
        return Session(
            schema_version=SCHEMA_VERSION,
            environment=describe(self._measurement.devices),
            cells=self.history.records() if records is None else list(records),
            health=self.health.entries(),
            memory_now=self._memory.now if records is None else None,
        )

    def document(self) -> Session:
        """The session so far, to be kept: with what the doctor says of this process."""
        session = self.session()
        session.checks = self.examine()
        return session

    def examine(self) -> list[Check]:
        """What the doctor says of this process; empty if he could not look. Starts no device."""
        with own_work(self.health, "doctor"):
            from .doctor.here import look

            return look(self._measurement.devices.describe())
        return []

    def measure(
        self, source: str, filename: str, work: Callable[[], Any]
    ) -> tuple[CellRecord, BaseException | None]:
        """Run ``work`` and measure it by itself; returns the record and what ``work`` raised.

        ``work`` calls code that was compiled from ``source`` as ``filename``. A cell that runs
        around it is measured as ever. This is no run of a cell, so it does not enter the history.
        """
        measurement = Measurement(self.health)
        measurement.devices.refresh()
        code = CellCode(source, self.shell.user_global_ns, filename=filename)
        run = self._new_run(source, None, None, code)
        measurement.open()
        try:
            measurement.begin(run)
            run.started_at, run.started = clocks.time(), clocks.perf_counter()
            error: BaseException | None = None
            try:
                work()
            except BaseException as raised:
                error = raised
            ended = clocks.perf_counter()
            record = record_of(run, ended, *outcome_of(error, code, STOPPED))
            measurement.end(run, record)
        finally:
            measurement.close()
        self._advice.alone(record)
        record.overhead_s = run.overhead_s + clocks.perf_counter() - ended
        return record, error

    def act(self, request: RunAction, *, inside_a_cell: bool = False) -> ActionDone:
        """Carry out an action that the user asked for, and say what it freed.

        While a cell runs, only for a magic of that cell.
        """
        if self._is_busy() and not inside_a_cell:
            return ActionDone(
                request_id=request.request_id,
                action=request.action,
                ok=False,
                message=BUSY,
            )
        done = run_action(self.shell, request.action, self._measurement.devices)
        with own_work(self.health, "memory now"):
            self._memory.look_again(self.shell.user_ns, request.action)
        self._send_memory()
        return ActionDone(
            request_id=request.request_id,
            action=request.action,
            ok=done.ok,
            message=done.message,
            freed_bytes=done.freed_bytes,
        )

    # --- events ------------------------------------------------------------------------------

    def _pre_run_cell(self, info: Any) -> None:
        self._imports.cell_begins()
        with own_work(self.health, "lifecycle"):
            self._life.pre_run_cell(info)

    def _post_run_cell(self, result: Any) -> None:
        with own_work(self.health, "lifecycle"):
            self._life.post_run_cell(result)
        if self._run is None:
            with own_work(self.health, "imports"):
                self._imports.cell_ended()

    def _begin(self, info: Any) -> bool:
        own_id = cell_id(self.shell, info)
        asked = self._asked_deep.pop(own_id or "", None)
        if not (self.enabled or asked or self.mark.is_on(info.raw_cell)):
            return False
        if self._calls.is_running:  # it is a part of the function
            return False
        self._calls.end()
        began = clocks.perf_counter()
        count = execution_count(self.shell, info)
        sent = self._engine.sent(info.raw_cell, own_id, count)
        source: str = info.raw_cell if sent is None else sent.source
        run = self._new_run(
            source,
            own_id if sent is None else sent.cell_id,
            count,
            CellCode(source, self.shell.user_global_ns, is_body=source != info.raw_cell),
        )
        run.deep = self.mark.deep(source) or asked
        self._run = run
        if sent is not None:
            if self._group is None:
                self._measurement.set_rate(sent.sampling_hz)
            self._engine.begin(sent, run, self._measurement.optimizer_steps)
            if self._first is not None:
                self._first.begin(sent, run)
        run.lasts = lambda: self._front_ends.send(_started(run))
        self._measurement.begin(run)
        run.started_at, run.started = clocks.time(), clocks.perf_counter()
        run.overhead_s += run.started - began
        return True

    def _end(self, result: Any) -> None:
        ended = clocks.perf_counter()
        self._imports.go_on()
        run, self._run = self._run, None
        if run is None:
            return
        record = record_of(run, ended, *outcome(result, run.code))
        error = error_of(result)
        failed: BaseException | None = None
        if error is not None:  # first: the probes' own errors must not stand in its way
            with own_work(self.health, "errors"):
                failed = allocation_that_failed(error)
                self._explain(run, record, error)
        self._measurement.end(run, record)
        self._traces.keep(record, run.deep_trace)
        ran_out = failed is not None
        with own_work(self.health, "memory now"):
            self._memory.look(record, run.survey, run.namespace, ran_out=ran_out)
        if failed is not None:
            with own_work(self.health, "out of memory"):
                devices, holders = self._measurement.devices, self._memory.of_device
                record.out_of_memory = post_mortem(record, failed, devices, holders)
        del error, failed, result  # they would keep what the cell's frames hold
        record.overhead_s = run.overhead_s
        self._engine.end(record, ended)
        if self._first is not None:
            self._first.end(record)
        self.history.add(record)
        changed = self._advice.ended(record)
        record.overhead_s = run.overhead_s + clocks.perf_counter() - ended
        self._front_ends.send(CellEnded(record=record, memory=self._memory.now))
        for each in changed:
            self._tell(each)
        self._late.look()
        if self.mark.is_on(run.source):
            with own_work(self.health, "display"):
                show(self.shell, self.session([record]))
        if self.health.changed:
            self._send_status()

    def _explain(self, run: CellRun, record: CellRecord, error: BaseException) -> None:
        """Where in the notebook's code an error was raised, and on what."""
        if record.error is None:
            return
        earlier = (known.source for known in reversed(self.history.records()))
        texts = islice(earlier, _EARLIER)
        explain(record.error, error, run, texts)

    def _sampled(self, run: CellRun, sample: Sample) -> None:
        self._engine.sampled(sample)
        if run is not self._run:
            return
        self._front_ends.send(
            SampleTaken(
                run_id=run.run_id,
                sample=sample,
                line=run.line(sample.place),
                deep=None if run.deep_progress is None else run.deep_progress(),
                ranks=[] if run.ranks is None else run.ranks(),
            )
        )

    # --- parts -------------------------------------------------------------------------------

    def _new_run(self, source: str, cell: str | None, count: int | None, code: CellCode) -> CellRun:
        return CellRun(
            run_id=secrets.token_hex(8),
            cell_id=cell,
            execution_count=count,
            source=source,
            namespace=self.shell.user_ns,
            code=code,
            texts=self._texts,
        )

    def _is_busy(self) -> bool:
        """Whether a cell runs."""
        return self._run is not None

    def _tell(self, record: CellRecord) -> None:
        """The record of a cell that ended before has changed."""
        self._front_ends.send(CellEnded(record=record))

    def _is_free(self) -> bool:
        """Whether functions that come from another kernel are to be measured."""
        return self.enabled and not self._is_busy()

    def _ask_deep(self, request: DeepRequest) -> None:
        self._asked_deep[request.cell_id] = options_for(request.steps)

    def _stop_deep(self, run_id: str) -> None:
        run = self._run
        if run is not None and run.run_id == run_id and run.end_deep is not None:
            run.end_deep()

    def _apply(self, settings: Settings) -> None:
        self._advice.settings = settings
        self._measurement.set_rate(settings.sampling_hz)
        self.history.set_runs(settings.history)

    def _snapshot(self) -> SessionMessage:
        run = self._run
        return SessionMessage(
            session=self.session(),
            enabled=self.enabled,
            running=None if run is None else _started(run),
        )

    def _send_memory(self) -> None:
        if self._memory.now is not None:
            self._front_ends.send(MemoryMessage(memory=self._memory.now))

    def _send_status(self) -> None:
        self.health.changed = False
        self._front_ends.send(StatusMessage(enabled=self.enabled, health=self.health.entries()))


def _started(run: CellRun) -> CellStarted:
    return CellStarted(
        run_id=run.run_id,
        cell_id=run.cell_id,
        execution_count=run.execution_count,
        started_at=run.started_at,
        source=run.source,
    )


def _comm_manager(shell: InteractiveShell) -> CommManager | None:
    """The kernel's comm manager; ``None`` in a terminal, where nobody could connect."""
    if getattr(shell, "kernel", None) is None:
        return None
    from comm import get_comm_manager

    manager: CommManager = get_comm_manager()
    return manager

"""Run the cells of a notebook in a kernel of its own, and record each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from ..messages import Settings
from ..quote import printable
from ..record import CellRecord, ErrorInfo
from .console import Progress
from .errors import HeadlessError
from .link import Link
from .notebook import cell_texts, code_cells
from .recording import Recording
from .replays import worth_trying
from .stop import Stopper

HISTORY = 1000
"""Runs that the kernel keeps; more if the notebook has more cells."""
_START_S = 120.0


@dataclass(frozen=True)
class Deep:
    """Which cells are recorded in depth."""

    numbers: frozenset[int] = frozenset()
    """Of code cells, from one; none: all."""
    steps: int | None = None
    """Steps of each; ``None``: the usual number."""
    traced: bool = False
    """What they recorded is wanted event by event, too."""
    replayed: bool = False
    """What took most is tried in other ways."""

    def check(self, count: int) -> None:
        """Compare with the number of code cells that there are.

        Raises:
            HeadlessError: one that is asked for is not among them.
        """
        for number in sorted(self.numbers):
            if number > count:
                raise HeadlessError(f"There is no code cell {number}: the notebook has {count}.")

    def is_about(self, number: int) -> bool:
        """Whether this cell is."""
        return not self.numbers or number in self.numbers


@dataclass
class Outcome:
    """What a run left behind."""

    session: bytes | None
    """The session document as JSON; ``None`` if the run was stopped before the kernel was ready."""
    records: list[CellRecord]
    complaints: list[str]
    """What failed in the profiler itself, one sentence each."""
    failure: str | None
    """One sentence: why not every cell ran to its end."""
    signal: int | None
    """The signal that stopped the run."""
    traces: list[bytes] = field(default_factory=list)
    """Of the cells that were recorded in depth, compressed by gzip."""


async def run_notebook(
    notebook: NotebookNode,
    path: Path,
    kernel: str,
    timeout_s: float | None,
    progress: Progress,
    *,
    rules_on: Collection[str] = (),
    deep: Deep | None = None,
) -> Outcome:
    """Run ``notebook`` as "Run all" does, in the folder of ``path``; outputs are put into it.

    The first cell that fails ends the run (unless it is tagged ``raises-exception``).
    ``rules_on``: rules to ask that are off by default. ``deep``: cells to record in depth.

    Raises:
        HeadlessError: the kernel does not start, or has no profiler.
    """
    run = _Run(notebook, path, kernel, timeout_s, progress)
    run.rules_on, run.deep = list(rules_on), deep
    with run.stopper.signals():
        try:
            await run.start()
            await run.cells()
        except asyncio.CancelledError:
            if run.stopper.by_signal is None:
                raise
        finally:
            await run.close()
    return run.outcome()


def kernel_manager(kernel: str) -> AsyncKernelManager:
    """A manager whose connection is encrypted where kernel and libraries can do it."""
    manager = AsyncKernelManager(kernel_name=kernel)
    if manager.has_trait("transport_encryption") and zmq.has("curve"):
        manager.set_trait("transport_encryption", "auto")
    return manager


def _words(error: Exception) -> str:
    text = printable(str(error), 300).rstrip(".")
    return text if isinstance(error, RuntimeError) else f"{type(error).__name__}: {text}"


class _Run:
    """One run of one notebook."""

    def __init__(
        self,
        notebook: NotebookNode,
        path: Path,
        kernel: str,
        timeout_s: float | None,
        progress: Progress,
    ) -> None:
        self._notebook = notebook
        self._name = path.name
        self._timeout_s = timeout_s
        self._progress = progress
        self._recording = Recording()
        self._failure: str | None = None
        self._complaints: list[str] = []
        self._dead = False
        self._request = ""
        self._manager = kernel_manager(kernel)
        self._runner = NotebookClient(
            notebook,
            km=self._manager,
            timeout=None,
            record_timing=False,
            resources={"metadata": {"path": str(path.resolve().parent)}},
            on_cell_executed=self._executed,
        )
        # Its log repeats what is said here, with stack traces.
        self._runner.log.setLevel("CRITICAL")
        self._link: Link | None = None
        self.rules_on: list[str] = []
        self.deep: Deep | None = None
        self._traces: list[bytes] = []
        self.stopper = Stopper(self._manager, progress.say)

    async def start(self) -> None:
        """Start the kernel and load the profiler into it."""
        try:
            await self._runner.async_start_new_kernel()
            self._runner.kc = self._manager.client()
            self._runner.kc.start_channels()
            await self._runner.kc.wait_for_ready(timeout=_START_S)
            self._runner.kc.allow_stdin = False
            self._link = Link(self._manager, self._recording)
            settings = Settings(
                history=max(HISTORY, len(self._notebook.cells)), rules_on=self.rules_on
            )
            await self._link.open(_START_S, settings, cell_texts(self._notebook))
        except HeadlessError:
            raise
        except Exception as error:
            raise HeadlessError(f"The kernel does not start: {_words(error)}.") from None

    async def cells(self) -> None:
        """Run the code cells one after the other."""
        for number, (index, cell) in enumerate(code_cells(self._notebook), start=1):
            self._progress.begin(number, cell.source)
            try:
                await self._cell(number, index, cell)
            except Exception as error:  # whatever it is, what was measured so far is kept
                self._progress.end(None)
                self._failure = f"Cell {number}: the profiler failed: {_words(error)}"
            if self._failure is not None or self.stopper.reason is not None:
                return

    async def _cell(self, number: int, index: int, cell: NotebookNode) -> None:
        assert self._link is not None and self._runner.kc is not None
        # JupyterLab sends the cell's id so; nbclient sends none.
        self._runner.kc.session.metadata = {"cellId": cell.id}
        if self.deep is not None and self.deep.is_about(number):
            await self.stopper.unless_insisted(self._link.ask_deep(cell.id, self.deep.steps))
        before = self._recording.run_ids()
        started_at, started = time.time(), time.perf_counter()
        failure: str | None = None
        try:
            with self.stopper.cell(self._timeout_s):
                await self._runner.async_execute_cell(cell, index)
        except CellExecutionError as error:
            failure = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
        except DeadKernelError:
            self._dead = True
            failure = "The kernel died"
        except Exception as error:  # of a cell that the client, or JSON, does not understand
            failure = f"The notebook client failed: {_words(error)}"
        record: CellRecord | None
        if self._dead:
            await asyncio.sleep(0.2)  # what the kernel sent last may still be on its way
            sentence = self.stopper.reason or "The kernel died while the cell ran."
            record = self._recording.close_unfinished(
                cell.id,
                cell.source,
                started_at,
                time.perf_counter() - started,
                ErrorInfo(name="DeadKernelError", message=sentence),
            )
        else:
            await self.stopper.unless_insisted(self._link.told_all(self._request))
            record = self._recording.newest(cell.id, before)
            await self._collect_trace(record)
            if await self._try_ways(record):
                record = self._recording.newest(cell.id, before)
            if not self._recording.knows_torch and record is not None and record.placement:
                await self.stopper.unless_insisted(self._link.refresh())
        self._progress.end(record)
        if failure is not None:
            reason = self.stopper.reason
            self._failure = f"Cell {number}: {reason or printable(failure, 300)}"

    async def _collect_trace(self, record: CellRecord | None) -> None:
        """Take the trace of a run now: its kernel keeps it for a while only."""
        if self.deep is None or not self.deep.traced or record is None or record.deep is None:
            return
        assert self._link is not None

        async def ask(link: Link) -> None:
            trace = await link.trace(record.run_id)
            if trace is not None:
                self._traces.append(trace)

        await self.stopper.unless_insisted(ask(self._link))

    async def _try_ways(self, record: CellRecord | None) -> bool:
        """Have the kernel try what took most in other ways; whether there was anything."""
        wanted = self.deep is not None and self.deep.replayed
        tries = worth_trying(record.deep) if wanted and record is not None else []
        for work, alternative in tries:
            assert self._link is not None and record is not None
            trying = self._link.replay(record.run_id, work, alternative)
            await self.stopper.unless_insisted(trying)
        return bool(tries)

    def _executed(self, execute_reply: dict[str, Any], **_: Any) -> None:
        self._request = execute_reply["parent_header"].get("msg_id", "")

    async def close(self) -> None:
        """Stop the kernel and everything around it."""
        await self.stopper.close()
        for step in (self._take_leave, self._disconnect, self._end_kernel):
            try:
                await step()
            except Exception as error:  # the session matters more than a clean end
                self._complaints.append(f"The run did not end well: {_words(error)}")

    async def _take_leave(self) -> None:
        if self._link is not None and not self._dead:
            await self.stopper.unless_insisted(self._link.settle())
            # Devices and health as they are now.
            await self.stopper.unless_insisted(self._link.refresh())
            await self.stopper.unless_insisted(self._link.examine())

    async def _disconnect(self) -> None:
        if self._link is not None:
            await self._link.close()
        if self._runner.kc is not None:
            self._runner.kc.stop_channels()

    async def _end_kernel(self) -> None:
        # A kernel that became ready may clean up after itself; another knows of no such thing.
        if self._manager.has_kernel and self._link is not None and not self._dead:
            await self.stopper.unless_insisted(self._manager.shutdown_kernel())
        if self._manager.has_kernel:
            await self._manager.shutdown_kernel(now=True)

    def outcome(self) -> Outcome:
        """The result so far."""
        complaints = self._complaints + [
            f"The profiler's {entry.part} failed ({entry.failures} times): {entry.message}"
            if entry.failures
            else entry.message
            for entry in self._recording.health()
        ]
        if self._link is not None and self._link.rejected:
            complaints.append(f"{self._link.rejected} messages were not understood.")
        return Outcome(
            session=self._recording.to_session(self._name),
            records=self._recording.records(),
            complaints=complaints,
            failure=self._failure or self.stopper.reason,
            signal=self.stopper.by_signal,
            traces=self._traces,
        )

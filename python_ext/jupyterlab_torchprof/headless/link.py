"""The profiler's own connection to a kernel, beside the client that runs the cells.

A kernel publishes to every connection, so what the extension tells arrives here however the
other client treats comm messages, and while it waits for a cell.
"""

from __future__ import annotations

import ast
import asyncio
import base64
import uuid
from collections.abc import Callable
from functools import partial
from queue import Empty
from typing import Any

import msgspec
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

from ..messages import (
    COMM_TARGET,
    CellText,
    DeepRequest,
    DoctorRequest,
    Hello,
    NotebookTexts,
    ReplayRequest,
    Settings,
    SnapshotRequest,
    TracePart,
    TraceRequest,
)
from ..quote import printable
from .errors import HeadlessError
from .recording import Recording

MODULE = "jupyterlab_torchprof"
PACKAGE = "jupyterlab-torchprof"
_LOAD = f"get_ipython().extension_manager.load_extension({MODULE!r})"
_PYTHON = "__import__('sys').executable"
_ANSWER_S = 30.0
"""How long an idle kernel may take to answer."""
_RANKS_S = 3.0
_DOCTOR_S = 10.0
_MOST_PARTS = 1000


class Link:
    """Loads the extension, opens its comm and feeds a `Recording`."""

    def __init__(self, manager: AsyncKernelManager, recording: Recording) -> None:
        """Connect to the kernel of ``manager`` with `open`."""
        # Another session id: two clients of one id are one address to the kernel.
        session = manager.session.clone()
        session.session = uuid.uuid4().hex
        self._client: AsyncKernelClient = manager.client(session=session)
        self._recording = recording
        self._comm_id = uuid.uuid4().hex
        self._sessions = 0
        self._parts: dict[str, TracePart] = {}
        """Of traces, by the request that they answer."""
        self._replayed: set[str] = set()
        """Requests to try something that were answered."""
        self._idle: set[str] = set()
        self._news = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self.rejected = 0
        """Messages of the extension that could not be understood."""

    async def open(
        self, timeout_s: float, settings: Settings, cells: list[CellText] | None
    ) -> None:
        """Load the extension and greet it; returns when its first session has arrived.

        ``cells``: all code cells of the notebook, if they can be told.

        Raises:
            HeadlessError: the package is not in the kernel's environment, or does not answer.
        """
        self._client.start_channels(stdin=False, hb=False, control=False)
        await self._client.wait_for_ready(timeout=timeout_s)
        self._reader = asyncio.create_task(self._read())
        await self._load()
        self._send("comm_open", Hello(settings=settings), target_name=COMM_TARGET)
        self._send("comm_msg", NotebookTexts(cells=cells))
        if not await self._until(lambda: self._sessions > 0):
            raise HeadlessError("The profiler was loaded into the kernel but does not answer.")

    async def close(self) -> None:
        """Stop listening."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        self._client.stop_channels()

    async def told_all(self, request_id: str) -> None:
        """Wait until everything has arrived that the kernel sent while handling a request."""
        await self._until(lambda: request_id in self._idle)

    async def refresh(self) -> None:
        """Ask for the session again: the environment changes when PyTorch is imported."""
        if not self._sessions:
            return  # it never answered
        before = self._sessions
        self._send("comm_msg", SnapshotRequest())
        await self._until(lambda: self._sessions > before)

    async def settle(self) -> None:
        """Wait a moment for ranks that go on after the last cell, or say only now that they end."""
        await self._until(lambda: not self._recording.awaits_ranks(), _RANKS_S)

    async def ask_deep(self, cell_id: str, steps: int | None) -> None:
        """Have the next run of a cell recorded in depth; returns when the kernel knows.

        The cell is run over another connection, which may be faster.
        """
        self._send("comm_msg", DeepRequest(cell_id=cell_id, steps=steps))
        await self.refresh()

    async def trace(self, run_id: str) -> bytes | None:
        """The trace of a run, compressed by gzip; ``None``: the kernel has none."""
        found = b""
        for part in range(_MOST_PARTS):
            request_id = uuid.uuid4().hex
            self._send("comm_msg", TraceRequest(request_id=request_id, run_id=run_id, part=part))
            if not await self._until(partial(self._parts.__contains__, request_id)):
                return None
            answer = self._parts.pop(request_id)
            if answer.data is None:
                return None
            found += base64.b64decode(answer.data)
            if part + 1 >= answer.parts:
                return found
        return None

    async def replay(self, run_id: str, work: int, alternative: str) -> None:
        """Have recorded work run again in another way; the record arrives with what it took."""
        request = ReplayRequest(
            request_id=uuid.uuid4().hex, run_id=run_id, work=work, alternative=alternative
        )
        self._send("comm_msg", request)
        await self._until(partial(self._replayed.__contains__, request.request_id))

    async def examine(self) -> None:
        """Have the doctor look at the kernel; an older kernel does not know him."""
        if self._sessions:
            self._send("comm_msg", DoctorRequest(request_id=uuid.uuid4().hex))
            await self._until(self._recording.is_examined, _DOCTOR_S)

    async def _load(self) -> None:
        request = self._client.execute(
            "", silent=True, user_expressions={"loaded": _LOAD, "python": _PYTHON}
        )
        try:
            while True:
                reply = await self._client.get_shell_msg(timeout=_ANSWER_S)
                if reply["parent_header"].get("msg_id") == request:
                    break
        except Empty:
            raise HeadlessError("The kernel does not answer.") from None
        answers = reply["content"].get("user_expressions", {})
        loaded = answers.get("loaded", {})
        if loaded.get("status") == "ok":
            return
        if loaded.get("ename") == "ModuleNotFoundError" and MODULE in loaded.get("evalue", ""):
            shown = answers.get("python", {}).get("data", {}).get("text/plain", "'python'")
            raise HeadlessError(
                f"{PACKAGE} is not installed in this kernel's environment. Install the same wheel "
                f'there: "{ast.literal_eval(shown)}" -m pip install {MODULE}-*.whl'
            )
        raise HeadlessError(
            "The profiler cannot be loaded into this kernel: "
            f"{printable(loaded.get('ename', 'no answer'))}: "
            f"{printable(loaded.get('evalue', ''), 300)}"
        )

    def _send(self, kind: str, message: msgspec.Struct, **content: str) -> None:
        data = msgspec.to_builtins(message)
        session = self._client.session
        full = {"comm_id": self._comm_id, "data": data, **content}
        self._client.shell_channel.send(session.msg(kind, full))

    async def _until(self, condition: Callable[[], bool], timeout_s: float = _ANSWER_S) -> bool:
        async def wait() -> None:
            while not condition():
                self._news.clear()
                await self._news.wait()

        try:
            await asyncio.wait_for(wait(), timeout_s)
        except asyncio.TimeoutError:
            return False
        return True

    async def _read(self) -> None:
        while True:
            try:
                message = await self._client.get_iopub_msg(timeout=None)
            except ValueError:  # a damaged or repeated message: the next one may be good
                self.rejected += 1
                continue
            self._take(message)
            self._news.set()

    def _take(self, message: dict[str, Any]) -> None:
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "status" and content.get("execution_state") == "idle":
            self._idle.add(message["parent_header"].get("msg_id", ""))
        elif kind == "comm_msg" and content.get("comm_id") == self._comm_id:
            data = content.get("data")
            try:
                if data["type"] == "trace_part":
                    answer = msgspec.convert(data, TracePart)
                    self._parts[answer.request_id] = answer
                    return
                if data["type"] == "replay_done":
                    self._replayed.add(data["request_id"])
                    return
                self._recording.receive(data)
            except (msgspec.ValidationError, KeyError, TypeError, AttributeError):
                self.rejected += 1
            else:
                self._sessions += data["type"] == "session"

"""The front ends that listen, over Jupyter comms.

Messages come from the cell's thread and from the sampler's; handlers run on whatever thread the
kernel gives them, also while a cell runs. So what is shared is locked, and no handler touches
anything of the user's, but for an action that the user asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from ..document import writable
from ..health import Health
from ..messages import (
    COMM_TARGET,
    ActionDone,
    DeepRequest,
    DoctorDone,
    DoctorRequest,
    FrontEndMessage,
    Goodbye,
    Hello,
    KernelMessage,
    NotebookTexts,
    ReplayDone,
    ReplayRequest,
    RoofsDone,
    RoofsRequest,
    RunAction,
    SessionMessage,
    Settings,
    SettingsChanged,
    TracePart,
    TraceRequest,
)
from ..notebooks import Notebooks
from ..record import Check

PART = "comm"
_STRIKES = 3
"""A comm that fails so often in a row is given up."""


class Comm(Protocol):
    """The part of `comm.base_comm.BaseComm` that is used here."""

    def send(self, data: Any = None) -> None:
        """Send to the one front end that has it open."""

    def close(self) -> None:
        """Tell the front end that nothing more will come."""

    def on_msg(self, callback: Callable[[dict[str, Any]], None]) -> None:
        """Call back with each message."""

    def on_close(self, callback: Callable[[dict[str, Any]], None]) -> None:
        """Call back when the front end closes it."""


_Opened = Callable[[Any, dict[str, Any]], None]


class CommManager(Protocol):
    """The part of `comm.base_comm.CommManager` that is used here."""

    def register_target(self, target_name: str, f: _Opened) -> None:
        """Call ``f(comm, message)`` when a front end opens a comm of that name."""

    def unregister_target(self, target_name: str, f: _Opened) -> Any:
        """Undo `register_target`."""


class FrontEnds:
    """Every open comm gets every message."""

    def __init__(
        self,
        health: Health,
        snapshot: Callable[[], SessionMessage],
        apply: Callable[[Settings], None],
        act: Callable[[RunAction], ActionDone],
        examine: Callable[[], list[Check]],
        *,
        notebooks: Notebooks,
        deep: Callable[[DeepRequest], None],
        trace: Callable[[TraceRequest], TracePart],
        replay: Callable[[ReplayRequest], ReplayDone],
        roofs: Callable[[RoofsRequest], RoofsDone],
    ) -> None:
        """``snapshot`` makes the answer to a new front end; ``apply`` takes its settings.

        ``act`` carries out an action that the user asked for; ``examine`` is the doctor;
        ``notebooks`` keeps what front ends tell of their cells; ``deep`` has a cell's next run
        recorded in depth; ``trace`` has what such a run recorded; ``replay`` runs a part of that
        again; ``roofs`` measures what its devices do at best.
        """
        self._health = health
        self._snapshot = snapshot
        self._apply = apply
        self._act = act
        self._examine = examine
        self._notebooks = notebooks
        self._deep = deep
        self._trace = trace
        self._replay = replay
        self._roofs = roofs
        self._manager: CommManager | None = None
        self._strikes: dict[Comm, int] = {}
        # Sending is serialised, so that a front end sees the start of a cell before its samples.
        self._lock = threading.RLock()

    def open(self, manager: CommManager) -> None:
        """Let front ends connect."""
        self._manager = manager
        manager.register_target(COMM_TARGET, self._connected)

    def close(self) -> None:
        """Say goodbye and let nobody connect any more."""
        self.send(Goodbye())
        with self._lock:
            comms, self._strikes = list(self._strikes), {}
        for comm in comms:
            with self._health.guard(PART):
                comm.close()
        if self._manager is not None:
            with self._health.guard(PART):
                self._manager.unregister_target(COMM_TARGET, self._connected)
            self._manager = None

    def send(self, message: KernelMessage) -> None:
        """Send to all. Never raises; what cannot be written as JSON is sent without that."""
        with self._lock, self._health.guard(PART):
            if self._strikes:
                data = msgspec.to_builtins(message)
                for comm in list(self._strikes):
                    self._send_one(comm, data)

    def _send_one(self, comm: Comm, data: Any) -> None:
        try:
            try:
                comm.send(data)
            except (ValueError, TypeError):  # a number or a text that JSON does not have
                comm.send(writable(data))
            self._strikes[comm] = 0
        except Exception as error:
            self._health.failed(PART, error)
            self._strikes[comm] += 1
            if self._strikes[comm] >= _STRIKES:
                del self._strikes[comm]

    def _connected(self, comm: Comm, message: dict[str, Any]) -> None:
        with self._health.guard(PART):
            comm.on_msg(lambda incoming: self._received(comm, incoming))
            comm.on_close(lambda _: self._closed(comm))
            hello = _decode(message)
            if isinstance(hello, Hello):
                self._apply(hello.settings)
                self._notebooks.connect(comm)
        self._greet(comm)

    def _greet(self, comm: Comm) -> None:
        with self._lock, self._health.guard(PART):
            self._strikes[comm] = 0
            self._send_one(comm, msgspec.to_builtins(self._snapshot()))

    def _received(self, comm: Comm, message: dict[str, Any]) -> None:
        with self._health.guard(PART):
            decoded = _decode(message)
            if isinstance(decoded, RunAction):
                self._answer(comm, self._act(decoded))
                return
            if isinstance(decoded, DoctorRequest):
                checks = self._examine()
                self._answer(comm, DoctorDone(request_id=decoded.request_id, checks=checks))
                return
            if isinstance(decoded, DeepRequest):
                self._deep(decoded)
                return
            if isinstance(decoded, TraceRequest):
                self._answer(comm, self._trace(decoded))
                return
            if isinstance(decoded, ReplayRequest):
                self._answer(comm, self._replay(decoded))
                return
            if isinstance(decoded, RoofsRequest):
                self._answer(comm, self._roofs(decoded))
                return
            if isinstance(decoded, NotebookTexts):
                self._notebooks.tell(comm, decoded.cells)
                return
            if isinstance(decoded, Hello | SettingsChanged):
                self._apply(decoded.settings)
            if decoded is not None and not isinstance(decoded, SettingsChanged):
                self._greet(comm)

    def _answer(self, comm: Comm, message: KernelMessage) -> None:
        with self._lock:
            self._send_one(comm, msgspec.to_builtins(message))

    def _closed(self, comm: Comm) -> None:
        self._notebooks.leave(comm)
        with self._lock:
            self._strikes.pop(comm, None)


def _decode(message: dict[str, Any]) -> FrontEndMessage | None:
    """The message, or ``None`` for the empty one of a client that sends no data.

    Raises msgspec.ValidationError for anything else.
    """
    data = message.get("content", {}).get("data")
    return msgspec.convert(data, FrontEndMessage) if data else None

"""A kernel whose front ends are told by another one."""

from __future__ import annotations

from typing import Any

from ..health import Health
from ..messages import COMM_TARGET
from .comm import PART, Comm, CommManager


class Nobody:
    """Lets front ends connect, and neither hears nor says anything.

    Where one comm goes to several kernels, as to the ranks of one notebook, a kernel that does not
    know its name would complain of each message.
    """

    def __init__(self, health: Health) -> None:
        """Nobody has connected."""
        self._health = health
        self._comms: list[Comm] = []
        self._manager: CommManager | None = None

    def open(self, manager: CommManager) -> None:
        """Let them connect."""
        self._manager = manager
        manager.register_target(COMM_TARGET, self._connected)

    def close(self) -> None:
        """Let nobody connect any more."""
        comms, self._comms = self._comms, []
        for comm in comms:
            with self._health.guard(PART):
                comm.close()
        if self._manager is not None:
            with self._health.guard(PART):
                self._manager.unregister_target(COMM_TARGET, self._connected)
            self._manager = None

    def _connected(self, comm: Comm, _message: dict[str, Any]) -> None:
        self._comms.append(comm)
        comm.on_close(lambda _: self._comms.remove(comm) if comm in self._comms else None)

"""Requests that a kernel takes while it runs a cell: over its control channel.

Comm messages wait until the cell has ended. The control channel has a thread of its own in
ipykernel 6 and later; where there is none, requests are not heard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..messages import STOP_REQUEST


class Control:
    """Listens for `STOP_REQUEST`."""

    def __init__(self, stop: Callable[[str], None]) -> None:
        """``stop`` gets the ``run_id`` of the run whose recording in depth is to end.

        It is called on the control channel's thread.
        """
        self._stop = stop
        self._handlers: dict[str, Any] | None = None

    def open(self, kernel: Any) -> None:
        """Listen, where the kernel lets us."""
        handlers = getattr(kernel, "control_handlers", None)
        if type(handlers) is dict:
            handlers[STOP_REQUEST] = self._received
            self._handlers = handlers

    def close(self) -> None:
        """Listen no more."""
        handlers, self._handlers = self._handlers, None
        if handlers is not None and handlers.get(STOP_REQUEST) == self._received:
            del handlers[STOP_REQUEST]

    def _received(self, _stream: Any, _ident: Any, message: Any) -> None:
        content = message.get("content") if type(message) is dict else None
        run_id = content.get("run_id") if type(content) is dict else None
        if type(run_id) is str:
            self._stop(run_id)

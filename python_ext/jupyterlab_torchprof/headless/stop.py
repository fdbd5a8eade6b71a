"""Stopping a cell from outside: Ctrl-C, a terminate signal, or the time limit.

All three take the same way: interrupt the kernel, so that the cell ends as "interrupted" and is
measured; if it does not end, or somebody insists, kill the kernel.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from jupyter_client.manager import AsyncKernelManager

GRACE_S = 10.0
"""How long an interrupted cell may take to end."""


class Stopper:
    """Knows whether and why the run must stop."""

    def __init__(self, manager: AsyncKernelManager, say: Callable[[str], None]) -> None:
        """``say`` tells the person at the terminal what happens."""
        self.reason: str | None = None
        self.by_signal: int | None = None
        self._manager = manager
        self._say = say
        self._in_cell = False
        self._main: asyncio.Task[Any] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Take over Ctrl-C and terminate while the run lasts (main thread only)."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        self._main = asyncio.current_task()

        def handle(number: int, _frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._signalled, number)

        previous = {
            number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            self._main = None
            for number, handler in previous.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def cell(self, limit_s: float | None) -> Iterator[None]:
        """A cell runs within; it is interrupted after ``limit_s``."""
        self._in_cell = True
        timer = None
        if limit_s is not None:
            sentence = f"The cell ran longer than {limit_s:g} s and was stopped."
            timer = asyncio.get_running_loop().call_later(limit_s, self._stop, sentence)
        try:
            yield
        finally:
            self._in_cell = False
            if timer is not None:
                timer.cancel()

    def _signalled(self, number: int) -> None:
        if self.by_signal is not None:
            self._say("Stopped again: the kernel is killed.")
            self._start(self._kill())
            return
        self.by_signal = number
        if self._in_cell:
            self._say("Stopping: the running cell is interrupted (again to kill the kernel).")
            self._stop("The run was stopped.")
        else:
            self.reason = "The run was stopped."
            if self._main is not None:
                self._main.cancel()

    def _stop(self, sentence: str) -> None:
        self.reason = self.reason or sentence
        self._start(self._interrupt())

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _interrupt(self) -> None:
        with contextlib.suppress(RuntimeError):  # "no kernel is running": it is what we want
            await self._manager.interrupt_kernel()
        await asyncio.sleep(GRACE_S)
        await self._kill()

    async def _kill(self) -> None:
        with contextlib.suppress(RuntimeError):
            await self._manager.shutdown_kernel(now=True)

    async def close(self) -> None:
        """Forget pending work."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

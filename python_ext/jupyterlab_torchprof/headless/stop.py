"""Stopping a cell from outside: Ctrl-C, a terminal that closes, a terminate signal, a time limit.

All take the same way: interrupt the kernel, so that the cell ends as "interrupted" and is
measured; if it does not end, or somebody insists, kill the kernel.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType
from typing import Any

from jupyter_client.manager import AsyncKernelManager

_HANGUP = getattr(signal, "SIGHUP", None)
"""A terminal that closes sends it, often more than once. Windows has none."""
_SIGNALS = [number for number in (signal.SIGINT, signal.SIGTERM, _HANGUP) if number is not None]
_STOPPED = "The run was stopped."
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
        self._ending = False
        self._hurry = asyncio.Event()
        self._main: asyncio.Task[Any] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Take over Ctrl-C and the others while the run lasts (main thread only)."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        self._main = asyncio.current_task()

        def handle(number: int, _frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._signalled, number)

        try:
            with _taken(handle):
                yield
        finally:
            self._main = None

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
            if number != _HANGUP:
                self._insist("Stopped again: the kernel is killed.")
            return
        self.by_signal = number
        if self._ending:
            self.reason = self.reason or _STOPPED
            self._insist("Stopping: the kernel is killed.")
        elif self._in_cell:
            self._say("Stopping: the running cell is interrupted (again to kill the kernel).")
            self._stop(_STOPPED)
        else:
            self.reason = _STOPPED
            if self._main is not None:
                self._main.cancel()

    def _insist(self, sentence: str) -> None:
        self._say(sentence)
        self._hurry.set()
        self._start(self._kill())

    @property
    def insisted(self) -> bool:
        """Somebody does not want to wait for the kernel any more."""
        return self._hurry.is_set()

    async def unless_insisted(self, work: Awaitable[None]) -> None:
        """Wait for some work, but no longer than until somebody insists.

        Raises what the work raises.
        """
        task, hurry = asyncio.ensure_future(work), asyncio.ensure_future(self._hurry.wait())
        try:
            await asyncio.wait({task, hurry}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hurry.cancel()
            task.cancel()  # nothing happens to one that is done
            await asyncio.wait({task, hurry})
        if not task.cancelled():
            task.result()

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
        """The run ends: forget pending work; whoever stops it now does not want to wait."""
        self._ending = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Held:
    """A signal that waits until the results are written."""

    number: int | None = None
    at_stake = False
    """Something was measured that is not written yet."""


@contextlib.contextmanager
def held_signals() -> Iterator[Held]:
    """Signals that end the process wait while results are at stake; a second one does not.

    During a run `Stopper.signals` takes them (main thread only).
    """
    held = Held()
    if threading.current_thread() is not threading.main_thread():
        yield held
        return

    def handle(number: int, _frame: FrameType | None) -> None:
        if held.at_stake and (held.number is None or number == _HANGUP):
            held.number = number
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            raise SystemExit(128 + number)

    with _taken(handle):
        yield held


@contextlib.contextmanager
def _taken(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle the signals that end the process, but for those that it was told to ignore (nohup)."""
    heeded = [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    previous = {number: signal.signal(number, handle) for number in heeded}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

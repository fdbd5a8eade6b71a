"""When the program was on which line of the user's code.

A trace function gets the lines of the user's frames only; for every other call of a function it
is asked once and declines. It is for the time of a deep profile, of one thread.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from ... import clocks
from ..base import CellRun
from ..places.tree import Step

MOST_EVENTS = 2_000_000
"""Then lines are told no more."""

_MOST_OF_ONE_CALL = 100_000
"""Lines that one call of a function runs; after so many only its end is told."""

_Tracer = Callable[[FrameType, str, Any], Any]


class LineTrace:
    """The places of a run, in the order in which they were entered."""

    def __init__(
        self, run: CellRun, safe_point: Callable[[], None], failed: Callable[[Exception], None]
    ) -> None:
        """``safe_point`` is called whenever a line of the user's begins, on the cell's thread.

        ``failed`` is told why there are no more lines.
        """
        self.times_ns: list[int] = []
        self.places: list[int | None] = []
        """The place that was entered at the time of the same index; ``None``: no code of the
        user's any more."""
        self.begins = bytearray()
        """Whether a line began then, and not one went on after a call."""
        self._run = run
        self._safe_point = safe_point
        self._failed = failed
        self._is_users: dict[CodeType, bool] = {}
        self._known: dict[tuple[CodeType, int | None], dict[int, int | None]] = {}
        self.is_lost = False
        """Somebody else took the tracing over, so that lines are not where they seem to be."""
        self._active = False
        self._thread = threading.get_ident()
        self._process = os.getpid()

    def start(self) -> bool:
        """Begin; ``False``: somebody else traces, as a debugger does, and goes first.

        What runs already, as where the cell has just imported PyTorch, is traced from its next line
        on.
        """
        if sys.gettrace() is not None:
            return False
        self._active = True
        frames: list[FrameType] = []
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            frames.append(frame)
            frame = frame.f_back
        for each in reversed(frames):
            tracer = self._called(each, "call", None)
            if tracer is not None and each.f_trace is None:
                self._enter(each)
                each.f_trace = tracer
        sys.settrace(self._called)
        return True

    def stop(self) -> None:
        """End. Frames that still run lose their tracer with their next line."""
        is_ours = sys.gettrace() == self._called
        if self._active:
            self._active = False
            self.is_lost = not is_ours and threading.get_ident() == self._thread
            self.times_ns.append(clocks.time_ns())
            self.places.append(None)
            self.begins.append(0)
        if is_ours:
            sys.settrace(None)
        self._known.clear()
        self._is_users.clear()

    def _called(self, frame: FrameType, event: str, arg: Any) -> _Tracer | None:
        if not self._active:
            return None
        if os.getpid() != self._process:  # a fork, such as a loader's worker: it is not traced
            self.stop()
            return None
        try:
            code = frame.f_code
            is_users = self._is_users.get(code)
            if is_users is None:
                is_users = self._is_users[code] = self._asks(frame)
            return self._tracer(code) if is_users else None
        except Exception as error:
            self._give_up(error)
            return None

    def _tracer(self, code: CodeType) -> _Tracer:
        parent = self.places[-1] if self.places else None
        lines = self._known.setdefault((code, parent), {})
        times, places, begins = self.times_ns, self.places, self.begins
        safe_point = self._safe_point
        time_ns, find = clocks.time_ns, self._run.places.find

        left = _MOST_OF_ONE_CALL

        def entered(frame: FrameType, event: str, arg: Any) -> _Tracer | None:
            nonlocal left
            if not self._active:
                return None
            try:
                if event == "line":
                    left -= 1
                    if left < 0:  # a tight loop of Python's: its lines are not known from here on
                        frame.f_trace_lines = False
                        times.append(time_ns())
                        places.append(None)
                        begins.append(0)
                        return entered
                    safe_point()
                    line = frame.f_lineno
                    if line not in lines:
                        lines[line] = find(frame)
                    times.append(time_ns())
                    places.append(lines[line])
                    begins.append(1)
                    if len(times) >= MOST_EVENTS:
                        self.stop()
                elif event == "return":
                    times.append(time_ns())
                    places.append(parent)
                    begins.append(0)
            except Exception as error:
                self._give_up(error)
                return None
            return entered

        return entered

    def _enter(self, frame: FrameType) -> None:
        self.times_ns.append(clocks.time_ns())
        self.places.append(self._run.places.find(frame))
        self.begins.append(0)

    def _give_up(self, error: Exception) -> None:
        """What a trace function raises would be raised in the program."""
        self.stop()
        self._failed(error)

    def _asks(self, frame: FrameType) -> bool:
        """Whether the frame runs code of the user's: of a cell or a module of his own."""
        places = self._run.places
        module = frame.f_globals.get("__name__")
        if type(module) is str and module.startswith("torch."):
            return False  # a file of the compiler's, which does not lie with the libraries
        if places.find(frame) is None:
            return False
        standing = places.standing(Step(frame.f_code, frame.f_lineno, frame.f_globals))
        return standing is not None and standing.kind in ("cell", "file")

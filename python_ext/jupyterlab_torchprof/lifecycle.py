"""The life of a cell as IPython's events tell it.

What is decided here: a cell that another cell runs (``run_cell``, ``%%capture``) is part of that
cell; a cell on a subshell's thread that starts while another runs is not measured; the cell that
loads the extension, of which only the end is seen, is none; nor is one whose end never came.
Silent executions fire no event, and empty cells only an end.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from threading import get_ident
from types import CodeType, FrameType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from .probes.lines import CellCode
from .record import ErrorInfo, Status
from .run_records import outcome_of

STOPPED = (KeyboardInterrupt, asyncio.CancelledError)
"""What ends a cell that somebody stops."""
_RUN_CELL = InteractiveShell.run_cell_async.__code__


class CellLife:
    """Finds begin and end of the outermost cell in a stream of events.

    ``begin(info)`` is called for each cell while none is measured, with IPython's
    ``ExecutionInfo``, and returns whether the cell is to be measured; ``end(result)`` when that
    cell has ended, with the ``ExecutionResult`` or ``None`` if there is none (an async cell that
    was cancelled).
    """

    def __init__(self, begin: Callable[[Any], bool], end: Callable[[Any], None]) -> None:
        """No cell runs."""
        self._begin = begin
        self._end = end
        self._open: list[Any] = []
        self._measured: Any = None
        self._thread = 0

    def pre_run_cell(self, info: Any) -> None:
        """IPython's event: a cell begins."""
        thread = get_ident()
        if self._open and not self._is_open_cell_running(thread):
            self._open.clear()
            self._measured = None
        if self._open and thread != self._thread:
            return
        self._thread = thread
        self._open.append(info)
        if self._measured is None and self._begin(info):
            self._measured = info

    def post_run_cell(self, result: Any) -> None:
        """IPython's event: a cell has ended."""
        if get_ident() != self._thread:
            return
        index = self._index(result)
        if index is None:
            return
        ended = self._open[index:]
        del self._open[index:]
        if any(info is self._measured for info in ended) and self._measured is not None:
            self._measured = None
            self._end(result)

    def _index(self, result: Any) -> int | None:
        """Which of the open cells the result is of."""
        if not self._open:
            return None
        if result is None:
            return 0
        for index, info in enumerate(self._open):
            if info is result.info:
                return index
        # IPython makes a new info if its own machinery was interrupted.
        last = len(self._open) - 1
        return last if self._open[last].raw_cell == result.info.raw_cell else None

    def _is_open_cell_running(self, thread: int) -> bool:
        """Whether the cell that began last still runs below the one that begins now."""
        if thread == self._thread:
            return _count(sys._getframe(), _RUN_CELL) > 1
        return _count(sys._current_frames().get(self._thread), _RUN_CELL) > 0


def _count(frame: FrameType | None, code: CodeType) -> int:
    count = 0
    while frame is not None:
        count += frame.f_code is code
        frame = frame.f_back
    return count


def outcome(result: Any, code: CellCode) -> tuple[Status, ErrorInfo | None]:
    """How the cell ended. ``result`` is IPython's ``ExecutionResult`` or ``None``."""
    if result is None:
        return "interrupted", None
    return outcome_of(error_of(result), code, STOPPED)


def error_of(result: Any) -> BaseException | None:
    """The exception that ended a cell."""
    if result is None:
        return None
    before: BaseException | None = result.error_before_exec
    error: BaseException | None = result.error_in_exec
    return error if before is None else before  # to ask for its truth may run its code


def cell_id(shell: InteractiveShell, info: Any) -> str | None:
    """The front end's id of the cell that begins, if it sent one."""
    if hasattr(info, "cell_id"):
        found: str | None = info.cell_id
        return found
    kernel = getattr(shell, "kernel", None)  # IPython before 8.3 does not pass the id on
    return None if kernel is None else kernel.get_parent().get("metadata", {}).get("cellId")


def execution_count(shell: InteractiveShell, info: Any) -> int | None:
    """The number of the cell that begins; ``None`` for one that is not kept in the history."""
    if not info.store_history:
        return None
    # Newer versions of IPython note the number in a local variable and count up before the event.
    counted = "execution_count" in _RUN_CELL.co_varnames + _RUN_CELL.co_cellvars
    return int(shell.execution_count) - counted

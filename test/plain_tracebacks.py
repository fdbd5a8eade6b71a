"""Tracebacks as IPython leaves them, without the time that it takes to print them.

To find, to cut out and to colour the sources of all frames, for the screen and for its history,
takes longer than most notebooks do that raise an error.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell


def print_plainly(shell: InteractiveShell) -> None:
    """Have a shell print what Python would print of an error, and treat its frames as IPython does.

    IPython keeps the traceback, and asks each frame for its local variables: before Python 3.13
    that puts a dictionary of them into the frame, by which their names are known afterwards.
    """
    printer = shell.InteractiveTB

    def structured_traceback(
        etype: type[BaseException],
        value: BaseException,
        tb: TracebackType | None = None,
        *_others: Any,
        **_options: Any,
    ) -> list[str]:
        printer.tb = tb
        for error in _chain(value):
            for frame, _line in traceback.walk_tb(error.__traceback__):
                _ = frame.f_locals
        return traceback.format_exception(etype, value, tb)

    printer.structured_traceback = structured_traceback


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it was raised from or while handling."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)

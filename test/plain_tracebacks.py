"""Tracebacks without the time that it takes to print them.

To find, to cut out and to colour the sources of all frames, for the screen and for its history,
takes longer than most notebooks do that raise an error. What IPython's usual printing leaves in the
frames, a dictionary of their local variables, is not there then, as in its mode ``Plain``.
"""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell


def print_plainly(shell: InteractiveShell) -> None:
    """Have a shell print what Python would print of an error; IPython keeps the traceback."""
    printer = shell.InteractiveTB

    def structured_traceback(
        etype: type[BaseException],
        value: BaseException,
        tb: TracebackType | None = None,
        *_others: Any,
        **_options: Any,
    ) -> list[str]:
        printer.tb = tb
        return traceback.format_exception(etype, value, tb)

    printer.structured_traceback = structured_traceback

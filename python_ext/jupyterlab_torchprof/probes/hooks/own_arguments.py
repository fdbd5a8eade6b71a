"""The first argument of a function that is running, read without keeping anything alive.

Before Python 3.13, ``frame.f_locals`` leaves a dictionary of all locals in the frame, which keeps
them alive until it ends. It is emptied again, unless somebody else has it as well: then it is what
the program has asked for itself, and stays as it is.
"""

from __future__ import annotations

import inspect
import sys
from types import CodeType, FrameType
from typing import Any

_ASKING = frozenset({"locals", "vars", "dir", "eval", "exec"})
"""A function that names one of these may have the dictionary, in which its locals would change."""
_HOLDERS = 3
"""Of a dictionary that nobody else has: the frame, our variable, and the call that counts."""
_PLAIN = inspect.CO_OPTIMIZED | inspect.CO_NEWLOCALS
_NOT_PLAIN = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def has_first_argument(code: CodeType) -> bool:
    """Whether `first_argument` can tell it for frames of this code."""
    is_plain = code.co_flags & _PLAIN == _PLAIN and not code.co_flags & _NOT_PLAIN
    return is_plain and code.co_argcount > 0 and _ASKING.isdisjoint(code.co_names)


def first_argument(frame: FrameType) -> Any:
    """``self`` of a method, as it is now; ``None`` if it was deleted.

    Only for code of which `has_first_argument` is true, on its own thread.
    """
    name = frame.f_code.co_varnames[0]
    found = frame.f_locals
    value = found.get(name)
    if sys.version_info < (3, 13) and sys.getrefcount(found) == _HOLDERS:
        found.clear()
    return value

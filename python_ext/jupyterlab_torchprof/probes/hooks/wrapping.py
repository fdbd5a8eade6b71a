"""Wrappers around other people's functions that leave as few marks as they can."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, TypeVar

from ...patches import Patches
from ..exceptions import set_traceback, traceback_of
from .frames import keep_frame_out

_Function = TypeVar("_Function", bound=Callable[..., Any])

_UNCOUNTED = " (as importlib._bootstrap)"
"""`warnings` does not count frames whose file has both of these words in its name."""


def forget_frame(error: BaseException) -> None:
    """Take the calling function's frame out of the traceback of what it is about to raise again.

    So that a program's tracebacks are what they would be without us, whoever prints them.
    """
    traceback = traceback_of(error)
    if traceback is not None and traceback.tb_frame is sys._getframe(1):
        set_traceback(error, traceback.tb_next)


def stands_for(original: Callable[..., Any]) -> Callable[[_Function], _Function]:
    """Make a function stand for ``original``, whose name, documentation and signature it gets.

    A warning that is raised below names the line that it would name without us: PyTorch counts
    the frames between, and the wrapper's own is not counted. Of tracebacks the function takes
    itself out by `forget_frame`; before Python 3.11, where that does nothing, IPython leaves its
    frame out if it sets ``__tracebackhide__``.
    """

    def decorate(function: _Function) -> _Function:
        assert isinstance(function, FunctionType)
        code = function.__code__
        function.__code__ = code.replace(co_filename=code.co_filename + _UNCOUNTED)
        keep_frame_out(function.__code__, and_below=False)
        return functools.wraps(original)(function)  # type: ignore[return-value]

    return decorate


def wrap_everywhere(
    patches: Patches,
    owners: Sequence[Any],
    name: str,
    wrap: Callable[[Callable[..., Any]], Callable[..., Any]],
) -> None:
    """One wrapper under all names of one function, so that they stay identical."""
    original = getattr(owners[0], name)
    wrapper = wrap(original)
    for owner in owners:
        if getattr(owner, name, None) is original:
            patches.wrap(owner, name, lambda _original: wrapper)

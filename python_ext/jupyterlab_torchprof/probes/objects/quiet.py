"""Reading tensors so that nobody's code runs.

To ask a tensor for its device, its layout or its sizes may call ``__torch_dispatch__``: of its
class, if that has asked for it, or of whatever mode is active. The innermost mode is asked before
all of them, so while we read that is one of ours, which answers by refusing.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, NoReturn


class WouldRunCode(RuntimeError):
    """What was asked for can only be had by running code of somebody's."""


class _Barrier:
    """Stands where a ``TorchDispatchMode`` stands."""

    def __torch_dispatch__(self, function: Any, *_arguments: Any) -> NoReturn:
        raise WouldRunCode(f"{function} would be dispatched to code of the program.")


_BARRIER = _Barrier()


class Quiet:
    """A block in which no ``__torch_function__`` and no ``__torch_dispatch__`` is called.

    What would call one raises `WouldRunCode` instead. Of this thread only.
    """

    __slots__ = ("_functions", "_pop", "_push")

    def __init__(self, torch: Any) -> None:
        """``torch``: the imported module."""
        self._functions = torch._C.DisableTorchFunction()
        self._push = torch._C._push_on_torch_dispatch_stack
        self._pop = torch._C._pop_torch_dispatch_stack

    def __enter__(self) -> None:
        """Begin."""
        self._functions.__enter__()
        self._push(_BARRIER)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End."""
        self._pop(None)
        self._functions.__exit__(kind, error, traceback)

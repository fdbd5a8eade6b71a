"""Where the collector can be started and stopped.

PyTorch keeps a pointer into what is collected for each range that is open: an operator, a node of
the backward, a step of an optimizer, a batch of a loader, a ``record_function`` of the program's.
If the collector is stopped meanwhile, the end of the range writes into memory that was given back,
which crashes the process sooner or later.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from ...patches import Patches

_CALLING = (
    ("nn", "modules", ""),
    ("optim", ""),
    ("profiler", ""),
    ("autograd", "profiler.py"),
    ("utils", "data", ""),
    ("utils", "_contextlib.py"),
)


class Ranges:
    """Tells whether a range may be open on the thread that made this object."""

    def __init__(self, torch: ModuleType) -> None:
        """Nothing is watched yet."""
        self._torch = torch
        self._thread = threading.get_ident()
        self._open = 0
        self._task: Callable[[], int] = torch._C._current_graph_task_id
        home = Path(str(torch.__file__)).parent
        self._home = f"{home}{os.sep}"
        self._calling = tuple(os.path.join(home, *way) for way in _CALLING)  # noqa: PTH118
        """Where functions of PyTorch's open no range but such as Python opens."""

    def watch(self, patches: Patches, before_first: Callable[[], None]) -> None:
        """Count the ranges that Python opens from now on, PyTorch's own among them.

        ``before_first`` is called where one is about to open and no other is.
        """
        ranges = self

        def entering(original: Any) -> Any:
            def __enter__(self: Any) -> Any:
                if threading.get_ident() == ranges._thread:
                    if not ranges._open:
                        before_first()
                    ranges._open += 1
                return original(self)

            return __enter__

        def leaving(original: Any) -> Any:
            def __exit__(self: Any, *error: Any) -> Any:
                try:
                    return original(self, *error)
                finally:
                    if threading.get_ident() == ranges._thread:
                        ranges._open = max(0, ranges._open - 1)

            return __exit__

        cls = self._torch.autograd.profiler.record_function
        patches.wrap(cls, "__enter__", entering)
        patches.wrap(cls, "__exit__", leaving)

    def is_none_open(self) -> bool:
        """Whether surely none is open here.

        None is where the engine runs no backward, Python has opened none, and no function of
        PyTorch's is on the stack that may have.
        """
        if self._open or self._task() != -1:
            return False
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            filename = code.co_filename
            if filename.startswith(self._home) and not filename.startswith(self._calling):
                return False
            if code.co_name == "__torch_dispatch__":
                return False
            frame = frame.f_back
        return True

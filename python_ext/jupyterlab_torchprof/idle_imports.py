"""Imports what fixes need while the kernel has nothing to do, so that no cell waits for it.

libcst takes half a second or more to import, which the first suggestion of a session would add to
its cell's end. A thread does it some time after a cell has ended, once the program uses PyTorch. As
soon as a cell begins, the thread stops at the next statement of the module that it imports, and
goes on when the cell has ended. It holds the locks of these modules meanwhile, so it goes on
to its end if another thread waits for an import, which may be one of them.
"""

from __future__ import annotations

import atexit
import sys
import threading
from importlib import import_module
from types import FrameType
from typing import Any

from . import fixes
from .probes.torch_import import is_torch_imported

_CALM_S = 0.3
"""So long nothing must have run: cells that run one after the other leave shorter gaps."""
_LOOK_S = 0.05
"""Between looks at whether somebody waits for the import."""
_LONGEST_PAUSE_S = 5.0
"""Then it goes on beside the cell: somebody may wait whom it does not see, as under another
implementation of imports, and a slow cell is better than one that never ends."""
_PACKAGES = frozenset({"libcst", __package__})
_PARSER = "libcst.native"
"""It is imported with the first text that is parsed."""
_IMPORTLIB = "<frozen importlib._bootstrap>"
_WAITS = frozenset({"acquire", "_acquire"})
"""Functions of importlib in which a thread waits for another one's import."""
_LONGEST_STACK = 400


class IdleImports:
    """The thread of one session, from the first calm moment to the end of its import."""

    def __init__(self) -> None:
        """Nothing is imported before a cell has ended."""
        self._idle = threading.Event()
        self._nap = threading.Event()  # `time.sleep` may be the program's own
        self._cells = 0
        self._thread: threading.Thread | None = None
        self._closed = False
        self._is_awaited = False
        """Somebody waited for an import, or may have: it makes no more pauses."""
        self.pauses = 0
        """How often the import has waited for a cell."""

    def cell_begins(self) -> None:
        """Stop at the next opportunity."""
        self._cells += 1
        self._idle.clear()

    def go_on(self) -> None:
        """No code of the user's runs any more, though the profiler may be at work."""
        self._idle.set()

    def cell_ended(self) -> None:
        """Start, or go on. Does nothing while the program has not imported PyTorch."""
        self.go_on()
        if self._thread is None and not self._closed and is_torch_imported():
            self._thread = threading.Thread(
                target=self._run, name="jupyterlab-torchprof imports", daemon=True
            )
            self._thread.pydev_do_not_trace = True  # type: ignore[attr-defined]  # a debugger's
            self._thread.start()
            atexit.register(self._end)

    def _end(self) -> None:
        """The process ends: let the import come to its end.

        A thread that Python stops within an import keeps the locks of its modules, and who imports
        one of them on the way out would wait for ever.
        """
        self.close()
        if self._thread is not None:
            self._thread.join(_LONGEST_PAUSE_S)

    def close(self) -> None:
        """An import that has begun goes on to its end; none begins."""
        self._closed = True
        self._nap.set()
        self._idle.set()
        atexit.unregister(self._end)

    def _run(self) -> None:
        self._await_calm()
        if self._closed:
            return
        sys.setprofile(self._looked)  # of this thread only
        try:
            for name in (*(f"{fixes.__name__}.{each}" for each in fixes.__all__), _PARSER):
                import_module(name)
        except Exception:  # whoever needs a fix will meet it again, and tell
            return
        finally:
            sys.setprofile(None)

    def _await_calm(self) -> None:
        calm = False
        while not calm and not self._closed:
            self._idle.wait()
            seen = self._cells
            self._nap.wait(_CALM_S)
            calm = self._idle.is_set() and self._cells == seen

    def _looked(self, frame: FrameType, event: str, arg: Any) -> None:
        """Called by Python whenever this thread calls a function, and when that returns."""
        if self._idle.is_set() or self._is_awaited or event != "return":
            return
        if not _is_between_statements(frame.f_back):
            return
        self.pauses += 1
        looks = 0
        while not self._is_awaited and not self._idle.wait(_LOOK_S):
            looks += 1
            self._is_awaited = looks * _LOOK_S >= _LONGEST_PAUSE_S or _somebody_imports()


def _is_between_statements(frame: FrameType | None) -> bool:
    """Whether only our imports are under way: no function that may hold a lock of another kind."""
    if frame is None or frame.f_code.co_name != "<module>":
        return False
    at: FrameType | None = frame
    for _ in range(_LONGEST_STACK):
        if at is None or at.f_code is IdleImports._run.__code__:
            return at is not None
        if not _is_of_an_import(at):
            return False
        at = at.f_back
    return False


def _is_of_an_import(frame: FrameType) -> bool:
    code = frame.f_code
    if code.co_name == "<module>":
        name = frame.f_globals.get("__name__")
        return type(name) is str and name.partition(".")[0] in _PACKAGES
    return code.co_filename.startswith("<frozen importlib") or code is import_module.__code__


def _somebody_imports() -> bool:
    """Whether another thread waits for a module that is being imported."""
    own = threading.get_ident()
    for thread, at in sys._current_frames().items():
        frame: FrameType | None = at
        for _ in range(3):
            if frame is None or thread == own:
                break
            code = frame.f_code
            if code.co_filename == _IMPORTLIB and code.co_name in _WAITS:
                return True
            frame = frame.f_back
    return False

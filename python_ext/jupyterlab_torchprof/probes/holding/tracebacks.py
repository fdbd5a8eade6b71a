"""The frames that the last error's traceback keeps alive."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import FrameType, MethodType, TracebackType
from typing import Any

from ..objects.tensors import Tensors
from .footprint import HOLDING, Footprint, footprint
from .frame_locals import frame_locals

_MAX_FRAMES = 200
_MAX_LOCALS = 200
_OTHERS = frozenset({"IPython", "ipykernel", "jupyterlab_torchprof"})


class LastTraceback:
    """What the frames of the last error hold. Keeps nothing of it alive."""

    def __init__(self) -> None:
        """There was none."""
        self._signature: list[int] = []
        self._held: list[tuple[str, Footprint]] = []
        self._raised_by: tuple[int, int | None] = (0, None)

    @property
    def execution_count(self) -> int | None:
        """Of the cell that raised the error, if that was seen."""
        last, count = self._raised_by
        return count if self._signature and self._signature[0] == last else None

    def look(
        self,
        tensors: Tensors,
        namespace: Mapping[str, Any],
        *,
        raised_by: int | None,
        graphs: bool,
    ) -> list[tuple[str, Footprint]]:
        """Function and variable, and what it holds, outermost frame first.

        ``raised_by``: execution count of the cell that has just ended, if it raised an error.
        """
        frames = _frames(namespace)
        signature = [id(frame) for frame in frames]
        if signature and raised_by is not None:
            self._raised_by = (signature[0], raised_by)
        if signature != self._signature:
            self._signature = signature
            self._held = list(self._read(tensors, frames, namespace, graphs))
        return self._held

    def _read(
        self,
        tensors: Tensors,
        frames: list[FrameType],
        namespace: Mapping[str, Any],
        graphs: bool,
    ) -> Iterator[tuple[str, Footprint]]:
        left = _MAX_LOCALS
        for frame in frames:
            if _is_others(frame) or frame.f_code.co_name.startswith(("<module>", "<cell line")):
                continue
            function = frame.f_code.co_name
            for name, value in frame_locals(frame):
                if left > 0 and tensors.kind(value) in HOLDING:
                    left -= 1
                    held = footprint(tensors, value, leave_out={id(namespace)}, graphs=graphs)
                    if held.storages:
                        yield function if name is None else f"{function}: {name}", held


def _is_others(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] in _OTHERS


def _frames(namespace: Mapping[str, Any]) -> list[FrameType]:
    """Frames of the last error and of those that it came from."""
    frames: dict[int, FrameType] = {}
    errors: list[BaseException] = []
    pending: list[Any] = [getattr(sys, "last_exc", None), getattr(sys, "last_value", None)]
    shell = own_shell(namespace)
    tracebacks: list[Any] = [getattr(sys, "last_traceback", None)]
    tracebacks.append(getattr(getattr(shell, "InteractiveTB", None), "tb", None))
    while pending:
        error = pending.pop(0)
        if isinstance(error, BaseException) and not any(error is known for known in errors):
            errors.append(error)
            tracebacks.append(error.__traceback__)
            pending += [error.__cause__, error.__context__]
    for traceback in tracebacks:
        at = traceback if type(traceback) is TracebackType else None
        while at is not None and len(frames) < _MAX_FRAMES:
            frames.setdefault(id(at.tb_frame), at.tb_frame)
            at = at.tb_next
    return list(frames.values())


def own_shell(namespace: Mapping[str, Any]) -> Any:
    """IPython's shell, if the namespace is one's; ``None`` elsewhere."""
    interactive: Any = sys.modules.get("IPython.core.interactiveshell")
    getter = namespace.get("get_ipython")
    if interactive is None or type(getter) is not MethodType:
        return None
    shell = getter.__self__
    return shell if issubclass(type(shell), interactive.InteractiveShell) else None

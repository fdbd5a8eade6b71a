"""The frames that the last error's traceback keeps alive."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import FrameType, MethodType, TracebackType
from typing import Any

from ... import clocks
from ..exceptions import causes_of, traceback_of
from ..objects.kinds import Kind, class_name
from ..objects.survey import Survey
from ..objects.tensors import Tensors
from .footprint import HOLDING, Footprint, footprint, graph_walk
from .frame_locals import frame_locals

_MAX_FRAMES = 200
_MAX_LEVELS = 50
"""Modules that are looked at for the first parameter."""
_LOOKED_INTO = HOLDING | {Kind.OBJECT}
"""An object that only its own method's frame keeps may have a model in it."""
_SECONDS = 0.02
"""For one traceback; of this thread's processor time."""
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
        found: Survey,
        *,
        raised_by: int | None,
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
            self._held = list(_read(tensors, frames, namespace, found))
        return self._held


def _read(
    tensors: Tensors, frames: list[FrameType], namespace: Mapping[str, Any], found: Survey
) -> Iterator[tuple[str, Footprint]]:
    graphs = None if found.graph_storages is None else graph_walk(tensors)
    deadline = clocks.thread_time() + _SECONDS
    seen: set[int] = set()
    for frame in frames:
        if _is_others(frame) or frame.f_code.co_name.startswith(("<module>", "<cell line")):
            continue
        function = frame.f_code.co_name
        for name, value in frame_locals(frame):
            if tensors.kind(value) not in _LOOKED_INTO or id(value) in seen:
                continue
            seen.add(id(value))
            if clocks.thread_time() > deadline:
                return
            if _is_known(tensors, value, found):
                held = Footprint(class_name(value), {}, frozenset({id(value)}))
            else:
                held = footprint(tensors, value, graphs, leave_out={id(namespace)})
            if held.ids:
                yield function if name is None else f"{function}: {name}", held


def _is_known(tensors: Tensors, value: Any, found: Survey) -> bool:
    """A module that the notebook has, as most that are on the stack of its forward."""
    stack = [value] if tensors.kind(value) is Kind.MODULE else []
    with tensors.quiet():
        for _ in range(_MAX_LEVELS):
            if not stack:
                break
            content = tensors.module_content(stack.pop())
            for _name, tensor, _is_parameter in content.tensors:
                storage = tensors.storage(tensor)
                return storage is not None and storage[0] in found.module_storages
            stack += [child for _name, child in reversed(content.children)]
    return False


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
        if issubclass(type(error), BaseException) and not any(error is known for known in errors):
            errors.append(error)
            tracebacks.append(traceback_of(error))
            pending += causes_of(error)
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

"""Observes modules being moved: the outermost ``module.to()``, ``.cuda()`` and their like."""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any, ClassVar, NamedTuple

from .. import clocks
from ..health import Health
from ..patches import Patches
from ..record import CellRecord, Move
from .base import CellRun, Probe
from .hooks.wrapping import forget_frame, stands_for
from .objects.kinds import class_name
from .objects.reached import paths_to
from .objects.tensors import Tensors
from .torch_import import imported_torch

_MAX_MOVES = 200
_NOT_MOVES = frozenset({"share_memory"})
"""Methods of modules that go through ``_apply`` and move nothing between devices."""


class _Place(NamedTuple):
    """Where one parameter or buffer is."""

    storage: int | None
    where: str
    """``"device dtype"``."""
    nbytes: int


@dataclass(slots=True)
class _Pending:
    """A move whose module is named when the cell has ended: it may get its variable by then."""

    module: weakref.ref[Any]
    class_name: str
    move: Move


class MovesProbe(Probe):
    """Writes ``moves``."""

    name: ClassVar[str] = "moves"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health) -> None:
        """Failures are reported to ``health``."""
        super().__init__(health)
        self._run: CellRun | None = None
        self._pending: list[_Pending] = []
        self._thread = threading.local()

    def attach(self, patches: Patches) -> None:
        """Wrap ``torch.nn.Module._apply``, which all of them go through."""
        torch = imported_torch()
        assert torch is not None
        patches.wrap(torch.nn.Module, "_apply", self._wrap)

    def begin(self, run: CellRun) -> None:
        """Moves belong to this run from now on."""
        self._pending = []
        self._run = run

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Name the modules and write the moves."""
        pending, self._pending, self._run = self._pending, [], None
        torch = imported_torch()
        assert torch is not None
        paths = paths_to((one.module() for one in pending), run.namespace, torch)
        for one in pending:
            name = paths.get(id(one.module()))
            one.move.what = f"{name} ({one.class_name})" if name else one.class_name
        record.moves = [one.move for one in pending]

    def _wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        thread = self._thread

        @stands_for(original)
        def _apply(module: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                run = self._run
                # A module calls its children's `_apply`: they are part of this move.
                if run is None or getattr(thread, "inside", False) or _is_compiling():
                    return original(module, *args, **kwargs)
                thread.inside = True
                before = self._look(run, module)
                failed = True
                began = clocks.perf_counter()
                try:
                    moved = original(module, *args, **kwargs)
                    failed = False
                    return moved
                finally:
                    thread.inside = False
                    if before is not None:
                        self._moved(run, module, before, clocks.perf_counter() - began, failed)
            except BaseException as error:
                forget_frame(error)
                raise

        return _apply

    def _look(self, run: CellRun, module: Any) -> list[_Place] | None:
        """Where everything is, or ``None`` if this is no move or cannot be seen."""
        try:
            began = clocks.perf_counter()
            if len(self._pending) >= _MAX_MOVES or _caller(sys._getframe(1)) in _NOT_MOVES:
                return None
            places = _places(module)
            run.overhead_s += clocks.perf_counter() - began
            return places
        except Exception as error:
            self.health.failed(self.name, error)
            return None

    def _moved(
        self, run: CellRun, module: Any, before: list[_Place], duration_s: float, failed: bool
    ) -> None:
        try:
            began = clocks.perf_counter()
            after = _places(module)
            move = _compare(before, after, duration_s)
            move.failed = failed
            move.no_op = move.no_op and not failed
            move.place = run.place(sys._getframe(1))
            self._pending.append(_Pending(weakref.ref(module), class_name(module), move))
            run.overhead_s += clocks.perf_counter() - began
        except Exception as error:
            self.health.failed(self.name, error)


def _caller(frame: FrameType | None) -> str | None:
    """Name of the method that led to ``_apply``, of which classes may have their own."""
    while frame is not None and frame.f_code.co_name == "_apply":
        frame = frame.f_back
    return None if frame is None else frame.f_code.co_name


def _is_compiling() -> bool:
    torch = sys.modules["torch"]
    return bool(torch.compiler.is_compiling())


def _places(module: Any) -> list[_Place]:
    """Where each parameter, buffer and gradient of a tree of modules is."""
    torch = imported_torch()
    assert torch is not None
    read = Tensors(torch)
    places: list[_Place] = []
    seen: set[int] = set()
    stack = [module]
    with read.quiet():
        while stack:
            at = stack.pop()
            if id(at) in seen:
                continue
            seen.add(id(at))
            content = read.module_content(at)
            for _name, tensor, _is_parameter in content.tensors:
                storage = read.storage(tensor)
                where = f"{read.device_name(tensor)} {read.dtype_name(tensor)}"
                if storage is None:
                    places.append(_Place(None, where, 0))
                else:
                    places.append(_Place(storage[0], where, storage[1]))
            stack.extend(child for _name, child in reversed(content.children))
    return places


def _compare(before: list[_Place], after: list[_Place], duration_s: float) -> Move:
    moved = 0
    counted: set[int | None] = set()
    if len(before) == len(after):
        for old, new in zip(before, after, strict=True):
            if old.where != new.where and new.storage not in counted:
                counted.add(new.storage)
                moved += new.nbytes
        no_op = all(
            old.where == new.where and old.storage == new.storage
            for old, new in zip(before, after, strict=True)
        )
    else:  # the move has changed the module itself
        moved, no_op = sum(_total(after).values()), False
    return Move(
        what="",
        source=_total(before),
        target=_total(after),
        moved_bytes=moved,
        duration_s=duration_s,
        no_op=no_op,
    )


def _total(places: list[_Place]) -> dict[str, int]:
    """Bytes by ``"device dtype"``; each storage once."""
    total: dict[str, int] = {}
    seen: set[int | None] = set()
    for place in places:
        total.setdefault(place.where, 0)
        if place.storage not in seen:
            seen.add(place.storage)
            total[place.where] += place.nbytes
    return total

"""Observes ``torch.load``: from which file, with which options, and where the tensors landed.

Tells a listener of every result, which may remember it, but not keep it alive.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any, ClassVar

from .. import clocks
from ..health import Health
from ..patches import Patches
from ..record import CellRecord, Load
from .base import CellRun, Probe
from .hooks.wrapping import forget_frame, stands_for
from .host_memory import make_resident_reader, resident_or_none
from .objects.kinds import class_name, home_of
from .objects.paths import variable
from .objects.placed import storage_bytes_by_device
from .objects.tensors import Tensors
from .objects.walk import Bounds, walk
from .torch_import import imported_torch

_MAX_LOADS = 200
_MAX_GLOBALS = 20
_MAX_TEXT = 80
_MAX_PAIRS = 8
_ZIP = b"PK\x03\x04"
"""What a file in PyTorch's format since 1.6 begins with."""
_FILES = (io.FileIO, io.BufferedReader, io.BufferedRandom)


LoadListener = Callable[[CellRun, Any, Sequence[Any], int | None], None]
"""Gets the run, a load's result, the tensors in it, and its place."""


class LoadsProbe(Probe):
    """Writes ``loads``. A ``load`` that was imported by name before us cannot be seen."""

    name: ClassVar[str] = "loads"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health, listener: LoadListener | None = None) -> None:
        """Failures are reported to ``health``; ``listener`` is told of loads that succeed."""
        super().__init__(health)
        self._listener = listener
        self._resident_bytes = make_resident_reader()
        self._run: CellRun | None = None
        self._loads: list[Load] = []

    def attach(self, patches: Patches) -> None:
        """Wrap ``torch.load`` under both of its names, by one wrapper: they stay identical."""
        torch = imported_torch()
        assert torch is not None
        wrapper = self._wrap(torch.load)
        patches.wrap(torch, "load", lambda original: wrapper)
        serialization = sys.modules.get("torch.serialization")
        if getattr(serialization, "load", None) is wrapper.__wrapped__:  # type: ignore[attr-defined]
            patches.wrap(serialization, "load", lambda original: wrapper)

    def begin(self, run: CellRun) -> None:
        """Loads belong to this run from now on."""
        self._loads = []
        self._run = run

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Write the loads."""
        record.loads, self._loads, self._run = self._loads, [], None

    def _wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def load(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                run = self._run
                if run is None or len(self._loads) >= _MAX_LOADS:
                    return original(*args, **kwargs)
                entry = self._begun(run, args, kwargs)
                before = resident_or_none(self._resident_bytes)
                began = clocks.perf_counter()
                try:
                    result = original(*args, **kwargs)
                except BaseException:
                    if entry is not None:
                        entry.failed = True
                        entry.duration_s = clocks.perf_counter() - began
                    raise
                if entry is not None:
                    entry.duration_s = clocks.perf_counter() - began
                    after = resident_or_none(self._resident_bytes)
                    if before is not None and after is not None:
                        entry.host_growth_bytes = after - before
                    self._landed(run, entry, result)
                return result
            except BaseException as error:
                forget_frame(error)
                raise

        return load

    def _begun(self, run: CellRun, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Load | None:
        try:
            began = clocks.perf_counter()
            file = args[0] if args else kwargs.get("f")
            path, file_bytes = _file(file)
            entry = Load(
                path=path,
                file_bytes=file_bytes,
                duration_s=0.0,
                map_location=_location(args[1] if len(args) > 1 else kwargs.get("map_location")),
                weights_only=_flag(kwargs, "weights_only"),
                mmap=_flag(kwargs, "mmap"),
                place=run.place(sys._getframe(1)),
                zip_format=_is_zip(file, path, file_bytes),
            )
            self._loads.append(entry)
            run.overhead_s += clocks.perf_counter() - began
            return entry
        except Exception as error:
            self.health.failed(self.name, error)
            return None

    def _landed(self, run: CellRun, entry: Load, result: Any) -> None:
        try:
            began = clocks.perf_counter()
            things = _tensors_in(result)
            if entry.weights_only is False and entry.zip_format:
                entry.needs_code = _needed_code(entry.path)
            entry.landed = _bytes_by_device(things)
            if self._listener is not None:
                self._listener(run, result, things, entry.place)
            run.overhead_s += clocks.perf_counter() - began
        except Exception as error:
            self.health.failed(self.name, error)


def _tensors_in(result: Any) -> list[Any]:
    torch = imported_torch()
    assert torch is not None
    read = Tensors(torch)
    if not read.of_interest([("loaded", result)]):
        return []
    found = walk(read, [(result, variable("loaded"))], Bounds(seconds=0.02))
    things = [tensor for tensor, _trail in found.tensors]
    for tree in found.modules:
        for part in tree.parts(read):
            things.extend(tensor for _name, tensor, _is_parameter in part.tensors)
    return things


def _bytes_by_device(things: list[Any]) -> dict[str, int]:
    torch = imported_torch()
    assert torch is not None
    tensors = Tensors(torch)
    with tensors.quiet():
        return storage_bytes_by_device(tensors, things)


def _file(file: Any) -> tuple[str | None, int | None]:
    """Path and size, where they can be had without calling a class that we do not know."""
    if type(file) is io.BytesIO:
        return None, file.getbuffer().nbytes
    name = file.name if any(type(file) is kind for kind in _FILES) else file
    if issubclass(type(name), str):
        name = str.__str__(name)
    if type(name) is str or home_of(type(name)).partition(".")[0] == "pathlib":
        path = Path(name)
        return str(path), path.stat().st_size if path.is_file() else None
    return None, None


def _is_zip(file: Any, path: str | None, file_bytes: int | None) -> bool | None:
    """Whether it is a path, and the file there in the format that can be mapped."""
    if path is None or file_bytes is None or any(type(file) is kind for kind in _FILES):
        return None
    try:
        with Path(path).open("rb", buffering=0) as opened:
            return opened.read(len(_ZIP)) == _ZIP
    except OSError:  # PyTorch will say so
        return None


def _needed_code(path: str | None) -> list[str] | None:
    """What the file asks for beyond tensors; reads its pickle and runs nothing of it."""
    serialization: Any = sys.modules.get("torch.serialization")
    find = getattr(serialization, "get_unsafe_globals_in_checkpoint", None)
    if find is None or path is None:
        return None
    try:
        return sorted(str(name)[:_MAX_TEXT] for name in find(path))[:_MAX_GLOBALS]
    except Exception:  # gone by now, or of a format that it does not know
        return None


def _location(location: Any) -> str | None:
    """``map_location`` as short text."""
    if location is None:
        return None
    if issubclass(type(location), str):
        text = str.__str__(location)
    elif _is_device(location):
        text = str(location)
    elif type(location) is dict:
        pairs = list(location.items())[:_MAX_PAIRS]
        text = ", ".join(f"{_location(source)}: {_location(target)}" for source, target in pairs)
    else:
        text = location.__name__ if type(location) is FunctionType else class_name(location)
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


def _is_device(location: Any) -> bool:
    torch = imported_torch()
    return torch is not None and type(location) is torch.device


def _flag(kwargs: Mapping[str, Any], name: str) -> bool | None:
    value = kwargs.get(name)
    return value if type(value) is bool else None

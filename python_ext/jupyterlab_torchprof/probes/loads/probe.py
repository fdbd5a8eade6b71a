"""Observes loads: which files, with which options, by whom, and where the tensors landed.

A load may go through others: ``from_pretrained`` reads a file for each shard. The outermost is
the one that is written, with the files of those within.

Tells a listener of every result, which may remember it, but not keep it alive.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any, ClassVar

from ... import clocks
from ...health import Health
from ...patches import Patches
from ...record import CellRecord, Load
from ..base import CellRun, Probe
from ..hooks.wrapping import forget_frame, stands_for
from ..host_memory import make_resident_reader, resident_or_none
from ..objects.kinds import class_name
from .entry import entry_of
from .files import files_at, name_of, needed_code
from .landed import Landing, landing_of
from .reading import Reading, Readings
from .seam import Arguments, Seam
from .seams import LISTINGS, MODULES, SEAMS
from .wrapped import Wrapped

_MAX_LOADS = 200

LoadListener = Callable[[CellRun, Any, Landing, int | None], None]
"""Gets the run, a load's result, the tensors in it, and its place."""


class LoadsProbe(Probe):
    """Writes ``loads``: calls of `seams.SEAMS`.

    A function that was imported by name before us cannot be seen, nor can ``safe_open``, a type
    that libraries import by name and which must stay what it is: of a library that reads by it,
    its own function is seen.
    """

    name: ClassVar[str] = "loads"
    needs_torch: ClassVar[bool] = True
    modules: ClassVar[frozenset[str]] = MODULES - {"torch"}

    def __init__(self, health: Health, listener: LoadListener | None = None) -> None:
        """Failures are reported to ``health``; ``listener`` is told of loads that succeed."""
        super().__init__(health)
        self._listener = listener
        self._resident_bytes = make_resident_reader()
        self._run: CellRun | None = None
        self._loads: list[Load] = []
        self._readings = Readings()
        self._wrapped = Wrapped()

    def attach(self, patches: Patches) -> None:
        """Wrap ``torch.load`` under both of its names, by one wrapper: they stay identical."""
        self.imported("torch", patches)

    def imported(self, name: str, patches: Patches) -> None:
        """Wrap what a module has of the functions that load."""
        for seam in SEAMS:
            if seam.module == name:
                self._wrapped.wrap(patches, seam, partial(self._wrap, seam))
        for module, function in LISTINGS:
            if module == name:
                self._wrapped.wrap_function(patches, module, function, self._wrap_listing)

    def detach(self) -> None:
        """Give the originals back to modules that have imported a wrapper by name."""
        self._wrapped.take_back()

    def begin(self, run: CellRun) -> None:
        """Loads belong to this run from now on."""
        self._loads = []
        self._run = run

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Write the loads."""
        record.loads, self._loads, self._run = self._loads, [], None
        self._readings.clear()

    def _wrap(self, seam: Seam, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def load(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                run = self._run
                if run is None or len(self._loads) >= _MAX_LOADS:
                    return original(*args, **kwargs)
                reading = self._begun(run, seam, (args, kwargs), sys._getframe(1))
                if reading is None:
                    return original(*args, **kwargs)
                try:
                    result = original(*args, **kwargs)
                except BaseException:
                    self._ended(reading, failed=True)
                    raise
                self._ended(reading)
                self._landed(reading, result, (args, kwargs))
                return result
            except BaseException as error:
                forget_frame(error)
                raise

        return load

    def _wrap_listing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @stands_for(original)
        def files_of(*args: Any, **kwargs: Any) -> Any:
            try:
                result = original(*args, **kwargs)
                self._listed(result, sys._getframe(1))
                return result
            except BaseException as error:
                forget_frame(error)
                raise

        return files_of

    def _begun(
        self, run: CellRun, seam: Seam, arguments: Arguments, frame: FrameType
    ) -> Reading | None:
        """A load has begun; ``None`` if it is part of another one."""
        try:
            began = clocks.perf_counter()
            around = self._readings.around(frame)
            file = seam.path(arguments)
            if around is not None:
                around.add(name_of(file), seam.format)
                run.overhead_s += clocks.perf_counter() - began
                return None
            reading = Reading(run, seam, entry_of(run, seam, arguments, frame))
            if seam.format is not None:
                reading.add(reading.entry.path, seam.format)
            self._readings.open(reading)
            run.overhead_s += clocks.perf_counter() - began
            reading.resident_bytes = resident_or_none(self._resident_bytes)
            reading.began = clocks.perf_counter()
            return reading
        except Exception as error:
            self.health.failed(self.name, error)
            return None

    def _ended(self, reading: Reading, *, failed: bool = False) -> None:
        try:
            entry, ended = reading.entry, clocks.perf_counter()
            self._readings.close(reading)
            entry.duration_s, entry.failed = ended - reading.began, failed
            after = resident_or_none(self._resident_bytes)
            if not failed and reading.resident_bytes is not None and after is not None:
                entry.host_growth_bytes = after - reading.resident_bytes
            if not reading.files and entry.path is not None and not failed:
                for file in files_at(entry.path):
                    reading.add(file, None)
            reading.write_files()
            if self._run is reading.run and (reading.files or reading.seam.always_loads):
                self._loads.append(entry)
            reading.run.overhead_s += clocks.perf_counter() - ended
        except Exception as error:
            self.health.failed(self.name, error)

    def _landed(self, reading: Reading, result: Any, arguments: Arguments) -> None:
        try:
            began = clocks.perf_counter()
            run, seam, entry = reading.run, reading.seam, reading.entry
            loaded = result if seam.loaded is None else seam.loaded(arguments)
            if entry.weights_only is False and entry.zip_format and entry.library is None:
                entry.needs_code = needed_code(entry.path)
            landing = landing_of(loaded, list(reading.files), entry.file_bytes)
            entry.landed, entry.dtypes = landing.devices, landing.dtypes
            if landing.mapped is not None:
                entry.mapped_bytes = sum(landing.mapped.values())
            if seam.is_of_class:
                entry.class_name = class_name(loaded)
            if self._listener is not None and seam.library is None:
                self._listener(run, loaded, landing, entry.place)
            run.overhead_s += clocks.perf_counter() - began
        except Exception as error:
            self.health.failed(self.name, error)

    def _listed(self, result: Any, frame: FrameType) -> None:
        """A function has returned the files that the load around it reads."""
        try:
            around = self._readings.around(frame) if self._run is not None else None
            files = result[0] if type(result) is tuple and result else result
            if around is not None and type(files) is list:
                for file in files:
                    around.add(name_of(file), None)
        except Exception as error:
            self.health.failed(self.name, error)

"""Loads that have begun, and which of them another load is a part of."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import FrameType

from ...record import Load, LoadFormat
from ..base import CellRun
from .files import format_of, size_of
from .seam import Seam

_MAX_FILES = 1000
_MAX_FRAMES = 200


@dataclass(slots=True, eq=False)
class Reading:
    """A load in progress."""

    run: CellRun
    seam: Seam
    entry: Load
    files: dict[str, LoadFormat | None] = field(default_factory=dict)
    """Files that it reads, by path, as far as they are known."""
    began: float = 0.0
    resident_bytes: int | None = None
    """Of the process, when it began."""
    thread: int = field(default_factory=threading.get_ident)

    def add(self, path: str | None, kind: LoadFormat | None) -> None:
        """It reads this file, if it is one; ``kind``: ``None`` if only its name says."""
        if path is None or len(self.files) >= _MAX_FILES or self.files.get(path) is not None:
            return
        if path in self.files or size_of(path) is not None:
            self.files[path] = kind or format_of(path)

    def write_files(self) -> None:
        """Write what is known of the files."""
        entry = self.entry
        if not self.files:
            entry.shards = None if entry.file_bytes is None else 1
            return
        sizes = {path: size_of(path) or 0 for path in self.files}
        entry.shards = len(sizes)
        entry.file_bytes = sum(sizes.values())
        largest = max(sizes, key=lambda path: sizes[path])
        entry.format = self.files[largest] or entry.format
        if entry.path is None:
            entry.path = largest


class Readings:
    """The loads that run now, on all threads. Keeps no frame."""

    def __init__(self) -> None:
        """None runs."""
        self._open: list[Reading] = []

    def open(self, reading: Reading) -> None:
        """A load begins that is part of no other."""
        self._open.append(reading)

    def close(self, reading: Reading) -> None:
        """It has ended."""
        if reading in self._open:
            self._open.remove(reading)

    def clear(self) -> None:
        """The cell has ended: what still runs on another thread is nobody's."""
        self._open = []

    def around(self, frame: FrameType) -> Reading | None:
        """The load that ``frame`` runs within: of its own thread, or one whose library it is of.

        A library may read its shards on threads of its own.
        """
        own = threading.get_ident()
        for reading in self._open:
            if reading.thread == own:
                return reading
        for reading in self._open:
            if reading.seam.library is not None and _is_below(frame, reading.seam.library):
                return reading
        return None


def _is_below(frame: FrameType | None, package: str) -> bool:
    """Whether a function of a package is on the stack."""
    for _ in range(_MAX_FRAMES):
        if frame is None:
            return False
        name = dict.get(frame.f_globals, "__name__")
        if type(name) is str and name.partition(".")[0] == package:
            return True
        frame = frame.f_back
    return False

"""The file that a rank writes and the kernel reads: frames of msgpack, each behind its length.

A rank appends; it never rewrites. Each frame is written by one call, so what a process leaves that
is killed ends at most within its last frame.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct, field

from ..record import CellRecord, Collectives, Place, Replica, Sample, Waiting

_LENGTH = 4
"""Bytes of a frame's length, big-endian."""
_LARGEST = 64 << 20
_READ = 4 << 20
"""Bytes that are read at once."""
SUFFIX = ".frames"
OVER = "over"
"""Name of the file by which the kernel says that it asks nothing more of its ranks."""
METADATA = "jupyterlab_torchprof"
"""Key of a request's metadata under which another kernel finds its `RankOptions`."""

Arrival = tuple[str, int, int]
"""Of a collective: its group and name, its number in the group, and when the rank came to it, in
epoch nanoseconds."""


class RankOptions(Struct, kw_only=True, frozen=True):
    """What a rank has to know of the cell that started it."""

    folder: str
    """Where its frames go."""
    cell_id: str | None
    execution_count: int | None
    source: str
    start_method: str
    """As in `RankRun`."""
    processes: int
    """That are started together."""
    sampling_hz: float
    launch: int = 0
    """As in `RankRun`."""


class Identity(Struct, kw_only=True):
    """Who the rank is, as far as is known by now: it often joins its group after its start."""

    rank: int | None = None
    world_size: int | None = None
    local_rank: int | None = None
    backend: str | None = None


class _Frame(Struct, kw_only=True, tag_field="frame"):
    """Base of the frames."""


class Began(_Frame, tag="began"):
    """The first frame."""

    index: int | None
    """The number that the process was started with."""
    processes: int
    """That were started together."""
    pid: int
    host: str
    start_method: str
    record: CellRecord
    """What is known of the run at its start."""
    launch: int = 0


class Progress(_Frame, tag="progress"):
    """A look at the process while it runs."""

    at: float
    """Epoch seconds."""
    who: Identity
    sample: Sample
    backwards: int
    steps: int
    """Of optimizers."""
    waiting: Waiting | None = None
    """Once nothing has moved for 2 s."""
    openmp_wait_s: float | None = None
    """As in `RankRun`."""
    places: list[Place] = field(default_factory=list)
    """Those that are new since the last frame."""


class Ended(_Frame, tag="ended"):
    """The last frame: the user's function has returned or raised."""

    at: float
    who: Identity
    record: CellRecord
    collectives: list[Collectives] = field(default_factory=list)
    replicas: list[Replica] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    """At the last collectives, oldest first, bounded."""


Frame = Began | Progress | Ended
_encoder = msgspec.msgpack.Encoder()


@cache
def _decoder() -> msgspec.msgpack.Decoder[Frame]:
    """Made when a frame is read first: of all of a record's types it takes 14 ms."""
    return msgspec.msgpack.Decoder(Frame)


class Writer:
    """Appends frames to a file of this process's own."""

    def __init__(self, folder: str, name: str | None = None) -> None:
        """Create the file, by default named after host and process. Raises OSError."""
        name = name or f"{socket.gethostname()}-{os.getpid()}"
        path = Path(folder, f"{name}{SUFFIX}")
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, frame: Frame) -> None:
        """Append a frame. Raises OSError."""
        data = _encoder.encode(frame)
        os.write(self._file, len(data).to_bytes(_LENGTH, "big") + data)

    def close(self) -> None:
        """No frame follows."""
        os.close(self._file)


class Reader:
    """Reads the frames of one file as they come."""

    def __init__(self, path: Path) -> None:
        """Nothing has been read."""
        self._path = path
        self._offset = 0

    def read(self) -> Iterator[Frame]:
        """The whole frames that are new. Raises OSError, and DecodeError for what is none."""
        while True:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(_READ)
                if len(data) < _LENGTH:
                    return
                length = int.from_bytes(data[:_LENGTH], "big")
                if length > _LARGEST:
                    raise msgspec.DecodeError(f"{self._path.name} has a frame of {length} bytes")
                data += file.read(max(0, _LENGTH + length - len(data)))
            start = 0
            while len(data) - start >= _LENGTH:
                length = int.from_bytes(data[start : start + _LENGTH], "big")
                end = start + _LENGTH + length
                if end > len(data):
                    break
                yield _decoder().decode(data[start + _LENGTH : end])
                start = end
                self._offset += _LENGTH + length
            if start == 0:
                return

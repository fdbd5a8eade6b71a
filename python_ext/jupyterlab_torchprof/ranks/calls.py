"""What an engine has to know of the notebook to name the lines of functions that it was sent."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from .stream import RankOptions

_LARGEST = 4 << 20


class KnownFile(Struct, frozen=True):
    """The text of a cell that a file of compiled code was made of."""

    source_hash: str
    shift: int
    """Lines on top of the text that were not compiled."""


class Known(Struct, frozen=True):
    """Beside the options that are in the metadata of each request."""

    source: str
    """Of the cell that sends them."""
    files: dict[str, KnownFile]
    """By file name."""


def write_known(options: RankOptions, files: dict[str, KnownFile]) -> None:
    """Into the folder where the engines write. Raises OSError."""
    data = msgspec.msgpack.encode(Known(options.source, files))
    _path(options).write_bytes(data)


def read_known(options: RankOptions) -> Known:
    """What `write_known` has written. Raises OSError, and DecodeError for anything else."""
    with _path(options).open("rb") as file:
        return msgspec.msgpack.decode(file.read(_LARGEST), type=Known)


def _path(options: RankOptions) -> Path:
    return Path(options.folder, f"calls-{options.launch}.known")

"""The files of a load: their names and sizes, and what can be told of them without loading."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

from ...record import LoadFormat
from ..objects.kinds import attributes_of, home_of

_MAX_GLOBALS = 20
_MAX_TEXT = 80
_MAX_INDEX_BYTES = 32 << 20
_MAX_FILES = 1000
_ZIP = b"PK\x03\x04"
"""What a file in PyTorch's format since 1.6 begins with."""
_FILES = (io.FileIO, io.BufferedReader, io.BufferedRandom)
_FORMATS: dict[str, LoadFormat] = {
    ".safetensors": "safetensors",
    ".bin": "pytorch",
    ".ckpt": "pytorch",
    ".pt": "pytorch",
    ".pth": "pytorch",
    ".distcp": "distributed",
}
_KINDS = ("*.safetensors", "*.bin", "*.distcp")
"""What the files of a checkpoint that is a folder are called."""


def name_of(file: Any) -> str | None:
    """A path as text, where it can be had without calling a class that we do not know."""
    if any(type(file) is kind for kind in _FILES):
        file = file.name
    elif home_of(type(file)) == "fsspec.implementations.local":
        file = attributes_of(file).get("path")
    if issubclass(type(file), str):
        return str.__str__(file)
    return str(file) if home_of(type(file)).partition(".")[0] == "pathlib" else None


def path_and_size(file: Any) -> tuple[str | None, int | None]:
    """Path and size of a file or a file object."""
    if type(file) is io.BytesIO:
        return None, file.getbuffer().nbytes
    name = name_of(file)
    return name, None if name is None else size_of(name)


def size_of(path: str) -> int | None:
    """Bytes of the file at a path, if there is one."""
    try:
        return Path(path).stat().st_size if Path(path).is_file() else None
    except (OSError, ValueError):
        return None


def format_of(path: str) -> LoadFormat | None:
    """What a file's name says of its format."""
    return _FORMATS.get(Path(path).suffix.lower())


def files_at(path: str) -> list[str]:
    """The files of a checkpoint: itself, those that its index names, or those in its folder.

    None where there are some of several kinds, for nothing says which of them were read.
    """
    if size_of(path) is not None:
        return _named_by(path) if path.endswith(".index.json") else [path]
    try:
        kinds = [sorted(map(str, Path(path).glob(kind))) for kind in _KINDS]
    except (OSError, ValueError):
        return []
    found = [files for files in kinds if files]
    return found[0][:_MAX_FILES] if len(found) == 1 else []


def _named_by(index: str) -> list[str]:
    if (size_of(index) or 0) > _MAX_INDEX_BYTES:
        return []
    try:
        names = json.loads(Path(index).read_bytes())["weight_map"].values()
        return [str(Path(index).with_name(name)) for name in sorted(set(names))][:_MAX_FILES]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # no index after all
        return []


def is_zip(file: Any, path: str | None, file_bytes: int | None) -> bool | None:
    """Whether it is a path, and the file there in the format that can be mapped."""
    if path is None or file_bytes is None or any(type(file) is kind for kind in _FILES):
        return None
    if home_of(type(file)).startswith("fsspec."):
        return None
    try:
        with Path(path).open("rb", buffering=0) as opened:
            return opened.read(len(_ZIP)) == _ZIP
    except OSError:  # PyTorch will say so
        return None


def needed_code(path: str | None) -> list[str] | None:
    """What the file asks for beyond tensors; reads its pickle and runs nothing of it."""
    serialization: Any = sys.modules.get("torch.serialization")
    find = getattr(serialization, "get_unsafe_globals_in_checkpoint", None)
    if find is None or path is None:
        return None
    try:
        return sorted(str(name)[:_MAX_TEXT] for name in find(path))[:_MAX_GLOBALS]
    except Exception:  # gone by now, or of a format that it does not know
        return None

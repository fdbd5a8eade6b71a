"""Which tensors still lie in the file that they were loaded from, which the system has mapped.

Told by their addresses, from the process's list of mappings. Only Linux has it as a file.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..objects.tensors import Tensors

_MAPS = Path("/proc/self/maps")


def mapped_storages(read: Tensors, things: Iterable[Any], files: Iterable[str]) -> dict[int, int]:
    """Bytes of the storages that lie in a mapping of one of these files, by the storages' keys.

    To be called within `Tensors.quiet`. Raises OSError where mappings cannot be read.
    """
    ranges = _ranges({os.fsencode(os.path.realpath(file)) for file in files})
    starts = [start for start, _end in ranges]
    mapped: dict[int, int] = {}
    for tensor in things if ranges else ():
        storage = read.storage(tensor)
        if storage is None or not storage[1] or storage[0] in mapped:
            continue
        if read.device_name(tensor) != "cpu":
            continue
        address = read.storage_object(tensor).data_ptr()
        at = bisect_right(starts, address) - 1
        if at >= 0 and address < ranges[at][1]:
            mapped[storage[0]] = storage[1]
    return mapped


def _ranges(paths: set[bytes]) -> list[tuple[int, int]]:
    """Where these files are mapped: first address and the one behind the last, in order."""
    found: list[tuple[int, int]] = []
    for line in _MAPS.read_bytes().splitlines():
        parts = line.split(None, 5)
        if len(parts) == 6 and parts[5] in paths:
            start, _, end = parts[0].partition(b"-")
            found.append((int(start, 16), int(end, 16)))
    return sorted(found)

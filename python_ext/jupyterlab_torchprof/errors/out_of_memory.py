"""The post-mortem of a device whose memory ran out: who held what of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..probes.devices import Devices
from ..probes.exceptions import text_of
from ..probes.torch_import import imported_torch
from ..record import CellRecord, MemoryShare, OutOfMemory
from .wrapped import wrapped_in

_SIZE = r"([\d.]+) (bytes|KiB|MiB|GiB|TiB)"
_REQUESTED = re.compile(rf"[Tt]ried to allocate {_SIZE}")
_REQUESTED_BYTES = re.compile(r"[Tt]ried to allocate (\d+)(?![\d.]| [KMGT])")
_FREE = re.compile(rf"of which {_SIZE} is free")
_DEVICE = re.compile(r"GPU (\d+)|device (\d+)")
_UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


def allocation_that_failed(error: BaseException) -> BaseException | None:
    """The exception of a device that could not give memory: this one, or the one within it."""
    cls: Any = getattr(imported_torch(), "OutOfMemoryError", None)
    wrapped = wrapped_in(error)
    within = (error,) if wrapped is None else (error, wrapped.error)
    return next((each for each in within if cls and issubclass(type(each), cls)), None)


def post_mortem(
    record: CellRecord,
    error: BaseException,
    devices: Devices,
    holders: Callable[[str], list[MemoryShare]],
) -> OutOfMemory | None:
    """What is known when the cell has ended: the traceback still holds what the cell had.

    ``holders`` tells what has the memory of a device now. ``None`` if no device is known.
    """
    text = text_of(error)
    name = _device_of(text, record, devices)
    if name is None:
        return None
    use = devices.use(name)
    entry = next((each for each in record.memory if each.device == name), None)
    others = entry.other_processes_bytes if entry is not None else None
    total = devices.total_bytes(name)
    free = _size(_FREE, text)
    if free is None and total is not None and use.reserved is not None:
        free = max(0, total - use.reserved - (others or 0))
    return OutOfMemory(
        device=name,
        requested_bytes=_requested(text),
        allocated_bytes=use.allocated,
        reserved_bytes=use.reserved,
        total_bytes=total,
        free_bytes=free,
        alloc_retries=devices.alloc_retries(name),
        holders=holders(name),
    )


def _device_of(text: str, record: CellRecord, devices: Devices) -> str | None:
    names = devices.names()
    match = _DEVICE.search(text)
    if match is not None:
        index = int(match.group(1) or match.group(2))
        numbered = next((name for name in names if name.endswith(f":{index}")), None)
        if numbered is not None:
            return numbered
    if len(names) <= 1:
        return names[0] if names else None
    return max(names, key=lambda name: devices.use(name).allocated)


def _requested(text: str) -> int | None:
    plain = _REQUESTED_BYTES.search(text)
    return int(plain.group(1)) if plain is not None else _size(_REQUESTED, text)


def _size(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.search(text)
    return None if match is None else int(float(match.group(1)) * _UNITS[match.group(2)])

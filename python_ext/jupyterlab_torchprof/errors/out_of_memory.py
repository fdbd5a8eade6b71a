"""The post-mortem of a device whose memory ran out: who held what of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from ..probes.devices import Devices
from ..probes.exceptions import text_of
from ..probes.torch_import import imported_torch
from ..record import CellRecord, MemoryShare, OutOfMemory
from .wrapped import wrapped_in

_SIZE = r"([\d.]+) (bytes|KiB|MiB|GiB|TiB)"
_REQUESTED = re.compile(rf"[Tt]ried to allocate {_SIZE}")
_REQUESTED_BYTES = re.compile(r"[Tt]ried to allocate (\d+)(?![\d.]| [KMGT])")
_ALLOCATED = re.compile(rf"{_SIZE} is allocated by PyTorch")
_UNUSED = re.compile(rf"{_SIZE} is reserved by PyTorch but unallocated")
_FREE = re.compile(rf"of which {_SIZE} is free")
_DEVICE = re.compile(r"GPU (\d+)|device (\d+)")
_LEAST_BYTES = 1 << 20
_ROUNDING = 0.01
"""Sizes in messages have two decimals."""
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
    allocated, reserved = _levels(text, use.allocated, use.reserved)
    return OutOfMemory(
        device=name,
        requested_bytes=_requested(text),
        allocated_bytes=allocated,
        reserved_bytes=reserved,
        total_bytes=total,
        free_bytes=free,
        alloc_retries=devices.alloc_retries(name),
        holders=_then(holders(name), allocated - use.allocated),
    )


def _levels(text: str, allocated: int, reserved: int | None) -> tuple[int, int | None]:
    """Bytes allocated and reserved when the allocation failed, from those of now.

    Lines that do not come to their end let go of what they have: the message has what was there.
    """
    then, unused = _size(_ALLOCATED, text), _size(_UNUSED, text)
    if then is None or then - allocated <= max(_LEAST_BYTES, _ROUNDING * then):
        return allocated, reserved
    if unused is not None:
        return then, then + unused
    return then, None if reserved is None else max(reserved, then)


def _then(now: list[MemoryShare], let_go: int) -> list[MemoryShare]:
    """Who held what when the allocation failed, largest first.

    ``let_go``: bytes that were in use then. Now they are in the allocator's cache.
    """
    if let_go <= 0:
        return now
    gone = MemoryShare(kind="let_go", name=None, held_bytes=let_go)
    cached = (
        replace(share, held_bytes=share.held_bytes - let_go, action=None)
        for share in now
        if share.kind == "cached"
    )
    left = [share for share in cached if share.held_bytes > 0]
    held = [share for share in now if share.kind != "cached"]
    return sorted([gone, *left, *held], key=lambda share: -share.held_bytes)


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

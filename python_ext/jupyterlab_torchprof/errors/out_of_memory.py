"""The post-mortem of a device whose memory ran out: who held what of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..probes.devices import Devices
from ..probes.exceptions import text_of
from ..probes.torch_import import imported_torch
from ..record import CellRecord, MemoryEntry, MemoryShare, OutOfMemory

_SIZE = r"([\d.]+) (bytes|KiB|MiB|GiB|TiB)"
_REQUESTED = re.compile(rf"[Tt]ried to allocate {_SIZE}")
_REQUESTED_BYTES = re.compile(r"[Tt]ried to allocate (\d+)(?![\d.]| [KMGT])")
_FREE = re.compile(rf"of which {_SIZE} is free")
_DEVICE = re.compile(r"GPU (\d+)|device (\d+)")
_UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an allocation on a device failed."""
    torch: Any = imported_torch()
    cls = getattr(torch, "OutOfMemoryError", None)
    return cls is not None and issubclass(type(error), cls)


def post_mortem(record: CellRecord, error: BaseException, devices: Devices) -> OutOfMemory | None:
    """What is known when the cell has ended: the traceback still holds what the cell had.

    Reads the record's other parts, so they must be complete. ``None`` if no device is known.
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
        holders=_shares(record, name, use.allocated, use.reserved, entry),
    )


def _shares(
    record: CellRecord,
    device: str,
    allocated: int,
    reserved: int | None,
    entry: MemoryEntry | None,
) -> list[MemoryShare]:
    known = [share for share in _known(record, device) if share.held_bytes > 0]
    rest = allocated - sum(share.held_bytes for share in known)
    if rest > 0:
        known.append(MemoryShare(kind="unknown", name=None, held_bytes=rest))
    if reserved is not None and reserved > allocated:
        known.append(MemoryShare(kind="cached", name=None, held_bytes=reserved - allocated))
    if entry is not None and entry.other_processes_bytes:
        held = entry.other_processes_bytes
        known.append(MemoryShare(kind="other_processes", name=None, held_bytes=held))
    return sorted(known, key=lambda share: -share.held_bytes)


def _known(record: CellRecord, device: str) -> Iterator[MemoryShare]:
    placement = record.placement
    for module in placement.modules if placement is not None else ():
        held = module.devices.get(device, 0)
        yield MemoryShare(kind="parameters", name=module.path, held_bytes=held)
        if held and len(module.devices) == 1:
            gradients = module.gradient_bytes
            yield MemoryShare(kind="gradients", name=module.path, held_bytes=gradients)
    for optimizer in record.optimizers:
        held = optimizer.state_bytes.get(device, 0)
        name = optimizer.variable or optimizer.class_name
        yield MemoryShare(kind="optimizer_state", name=name, held_bytes=held)
    yield from _tensors(record, device)
    for graph in record.grad.retained if record.grad is not None else ():
        if graph.device == device:
            yield MemoryShare(kind="graphs", name=graph.variable, held_bytes=graph.saved_bytes)
    for holder in record.holders:
        held = holder.unique_bytes.get(device, 0)
        if holder.kind == "output":
            yield MemoryShare(kind="outputs", name=holder.name, held_bytes=held)
        elif holder.kind == "traceback":
            yield MemoryShare(kind="traceback", name=holder.name, held_bytes=held)
        else:
            yield MemoryShare(kind="old_objects", name=holder.name, held_bytes=held)


def _tensors(record: CellRecord, device: str) -> Iterator[MemoryShare]:
    """The tensors of each variable."""
    placement = record.placement
    # An optimizer's state is reached through the optimizer, too.
    names = [optimizer.variable for optimizer in record.optimizers if optimizer.variable]
    counted = tuple(f"{name}{step}" for name in names for step in ".[")
    tensors: dict[str, int] = {}
    for tensor in placement.tensors if placement is not None else ():
        root = re.split(r"[.\[]", tensor.path, maxsplit=1)[0]
        if tensor.device == device and not tensor.path.startswith(counted):
            tensors[root] = tensors.get(root, 0) + tensor.storage_bytes
    for root, held in tensors.items():
        yield MemoryShare(kind="tensors", name=root, held_bytes=held)


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

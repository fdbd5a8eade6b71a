"""What a batch is, and whether another process got the same one."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Iterable
from typing import Any

from ...record import DataLoading
from ..objects.paths import variable
from ..objects.tensors import Tensors
from ..objects.walk import Bounds, walk
from ..torch_import import imported_torch

_LOOK_S = 0.005
_COMPARED = 3
"""Batches of a loader."""
_TENSORS = 8
_PIECES = 16
_PIECE = 256
"""Bytes of one: of a whole tensor a few microseconds."""


def describe_batch(facts: DataLoading, batch: Any) -> None:
    """Write where the tensors of a loader's first batch are and how large."""
    torch = imported_torch()
    assert torch is not None
    read = Tensors(torch)
    with read.quiet():
        tensors = _tensors_of(read, batch)
        counted: set[int] = set()
        devices: dict[str, None] = {}
        for tensor in tensors:
            devices[read.device_name(tensor)] = None
            storage = read.storage(tensor)
            if storage is not None and storage[0] not in counted:
                counted.add(storage[0])
                facts.batch_bytes += storage[1]
        facts.batch_devices = list(devices)
        if tensors:
            # Only a loader that pins is asked: the question may wake a sleeping device.
            facts.batch_pinned = facts.pin_memory and bool(read.is_pinned(tensors[0]))


def compare_batch(facts: DataLoading, batch: Any) -> None:
    """Write by what other ranks know the batch, if it is one of the first.

    Bytes are read where they lie in the host's memory; no device is asked.
    """
    torch = imported_torch()
    if torch is None or len(facts.first_batches) >= _COMPARED:
        return
    read = Tensors(torch)
    digest, found = hashlib.blake2b(digest_size=8), 0
    with read.quiet():
        for tensor in _tensors_of(read, batch)[:_TENSORS]:
            for piece in _pieces(read, tensor):
                digest.update(piece)
                found += 1
    if found:
        facts.first_batches.append(digest.hexdigest())


def _tensors_of(read: Tensors, batch: Any) -> list[Any]:
    if not read.of_interest([("batch", batch)]):
        return []
    found = walk(read, [(batch, variable("batch"))], Bounds(seconds=_LOOK_S))
    return [tensor for tensor, _trail in found.tensors]


def _pieces(read: Tensors, tensor: Any) -> Iterable[bytes]:
    """From all over its memory; none of a tensor of another class, which may lie anywhere."""
    if type(tensor) is not read.torch.Tensor or read.device_name(tensor) != "cpu":
        return
    known = read.storage(tensor)
    if known is None or not known[1]:
        return
    item = read.element_size(tensor)
    offset = item * read.torch.Tensor.storage_offset(tensor)
    size = min(item * read.numel(tensor), known[1] - offset)
    address = read.storage_object(tensor).data_ptr()
    if not address:
        return
    step = max(_PIECE, size // _PIECES)
    for start in range(0, size, step):
        yield ctypes.string_at(address + offset + start, min(_PIECE, size - start))

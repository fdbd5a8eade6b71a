"""What came of a load: the tensors in its result, where they are and of which dtypes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..objects.paths import variable
from ..objects.placed import each_storage
from ..objects.tensors import Tensors
from ..objects.walk import Bounds, walk
from ..torch_import import imported_torch
from .mapped import mapped_storages

_LEAST_MAPPED = 1 << 20
"""Smaller files are not looked for in the process's mappings, which takes about a millisecond."""


@dataclass(slots=True)
class Landing:
    """Tensors of one load. Holds them: drop it when it has been read."""

    tensors: Sequence[Any] = ()
    devices: dict[str, int] = field(default_factory=dict)
    """Bytes by device; each storage once."""
    dtypes: dict[str, int] = field(default_factory=dict)
    """The same by dtype."""
    mapped: dict[int, int] | None = None
    """Bytes of storages that lie in a file, by their keys; ``None``: that is not known."""


def landing_of(result: Any, files: Sequence[str], file_bytes: int | None) -> Landing:
    """Look through the result of a load of these files."""
    torch = imported_torch()
    assert torch is not None
    read = Tensors(torch)
    landing = Landing(_tensors_in(read, result))
    if not landing.tensors:
        return landing
    with read.quiet():
        _count(read, landing)
        if files and (file_bytes or 0) >= _LEAST_MAPPED:
            try:
                landing.mapped = mapped_storages(read, landing.tensors, files)
            except OSError:  # another system
                landing.mapped = None
    return landing


def _tensors_in(read: Tensors, result: Any) -> list[Any]:
    if not read.of_interest([("loaded", result)]):
        return []
    found = walk(read, [(result, variable("loaded"))], Bounds(seconds=0.02))
    things = [tensor for tensor, _trail in found.tensors]
    for tree in found.modules:
        for part in tree.parts(read):
            things.extend(tensor for _name, tensor, _is_parameter in part.tensors)
    return things


def _count(read: Tensors, landing: Landing) -> None:
    for tensor, device, nbytes in each_storage(read, landing.tensors):
        landing.devices[device] = landing.devices.get(device, 0) + nbytes
        if nbytes:
            dtype = read.dtype_name(tensor)
            landing.dtypes[dtype] = landing.dtypes.get(dtype, 0) + nbytes

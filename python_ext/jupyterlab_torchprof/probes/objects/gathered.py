"""Variables that gather tensors: lists, queues and dictionaries of them, also nested once."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .kinds import Kind
from .tensors import Tensors
from .walk import Found

_TENSOR = Kind.TENSOR


@dataclass(slots=True)
class Gathered:
    """What one variable has gathered. Keeps nothing of it alive."""

    kind: Literal["list", "dict"]
    container_id: int
    first: weakref.ref[Any] | None
    """Its first tensor; ``None`` for a queue, which loses its first ones."""
    tensors: int = 0
    scalars: int = 0
    with_graph: int = 0
    storage_bytes: dict[str, int] = field(default_factory=dict)
    """By device; a storage that something before has, too, is not counted."""


def gather(
    tensors: Tensors, found: Sequence[Found], sizes: Sequence[int], namespace: Mapping[str, Any]
) -> dict[str, Gathered]:
    """By variable. ``sizes``: bytes of the tensors that were found, shared ones as zero.

    Runs within `Tensors.quiet`.
    """
    gathered: dict[str, Gathered | None] = {}
    numel, is_leaf, device_name = tensors.numel, tensors.is_leaf, tensors.device_name
    for (tensor, trail), nbytes in zip(found, sizes, strict=True):
        parent = trail[0]
        if parent is None:
            continue
        if parent[0] is not None:
            parent = parent[0]
            if parent[0] is not None:
                continue
        name = parent[2]
        if name in gathered:
            one = gathered[name]
        else:
            one = gathered[name] = _begin(namespace.get(name), tensor)
        if one is not None:
            one.tensors += 1
            one.with_graph += not is_leaf(tensor)
            try:
                one.scalars += numel(tensor) == 1
            except RuntimeError:  # nested tensors have no number of elements
                continue
            device = device_name(tensor)
            one.storage_bytes[device] = one.storage_bytes.get(device, 0) + nbytes
    containers = {name: one for name, one in gathered.items() if one is not None}
    for name, one in containers.items():
        _count_known(tensors, namespace.get(name), one)
    return {name: one for name, one in containers.items() if one.tensors > 1}


def _begin(container: Any, tensor: Any) -> Gathered | None:
    cls = type(container)
    if issubclass(cls, (list, dict)):
        kind: Literal["list", "dict"] = "dict" if issubclass(cls, dict) else "list"
        return Gathered(kind, id(container), weakref.ref(tensor))
    return Gathered("list", id(container), None) if issubclass(cls, deque) else None


def _count_known(tensors: Tensors, container: Any, one: Gathered) -> None:
    """Count a tensor that is a variable's, too: the last loss of a list is often called `loss`."""
    if not issubclass(type(container), list) or list.__len__(container) <= one.tensors:
        return
    things = list.copy(container)
    if all(type(thing) is type(things[0]) for thing in things) and (
        tensors.kind(things[0]) is _TENSOR
    ):
        missing = len(things) - one.tensors
        one.tensors += missing
        one.scalars += missing if one.scalars else 0
        one.with_graph += missing if one.with_graph else 0

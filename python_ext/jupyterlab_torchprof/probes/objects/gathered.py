"""What gathers tensors: lists, queues and dictionaries of them, also nested once.

They are variables, or attributes of objects that are: ``losses``, ``trainer.log.losses``.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .kinds import Kind
from .members import members
from .paths import Step, Trail, write
from .tensors import Tensors
from .walk import Found

_TENSOR = Kind.TENSOR
_MOST_ITEMS = 10_000
"""Of the lists of a dictionary, to look at each."""


@dataclass(slots=True)
class Gathered:
    """What one variable or attribute has gathered. Keeps nothing of it alive."""

    kind: Literal["list", "dict"]
    container_id: int
    first: weakref.ref[Any] | None
    """Its first tensor; ``None`` for a queue, which loses its first ones."""
    tensors: int = 0
    scalars: int = 0
    direct: int = 0
    """Items themselves, or of a dictionary's lists, where those hold nothing but tensors."""
    has_lists: bool = False
    """It is a dictionary of such lists."""
    with_graph: int = 0
    storage_bytes: dict[str, int] = field(default_factory=dict)
    """By device; a storage that something before has, too, is not counted."""


def gather(
    tensors: Tensors, found: Sequence[Found], sizes: Sequence[int], namespace: Mapping[str, Any]
) -> dict[str, Gathered]:
    """By variable or attribute. ``sizes``: bytes of the tensors found, shared ones as zero.

    Of attributes only those whose tensors have graphs: an object may keep others for good reason.
    Runs within `Tensors.quiet`.
    """
    gathered: dict[str, Gathered | None] = {}
    containers: dict[str, Any] = {}
    names: dict[int, str] = {}  # what is in one container has one way to it in common
    numel, is_leaf, device_name = tensors.numel, tensors.is_leaf, tensors.device_name
    for (tensor, trail), nbytes in zip(found, sizes, strict=True):
        place = _container(trail)
        if place is None:
            continue
        name = names.get(id(place), "")
        if not name:
            name = names[id(place)] = write(place)
        if name in gathered:
            one = gathered[name]
        else:
            container = containers[name] = _object(tensors, place, namespace)
            one = gathered[name] = _begin(container, tensor)
            if one is not None:
                one.has_lists = _has_lists(container, type(tensor))
        if one is not None:
            one.tensors += 1
            one.direct += one.has_lists or trail[0] is place
            one.with_graph += not is_leaf(tensor)
            try:
                one.scalars += numel(tensor) == 1
            except RuntimeError:  # nested tensors have no number of elements
                continue
            device = device_name(tensor)
            one.storage_bytes[device] = one.storage_bytes.get(device, 0) + nbytes
    several: dict[str, Gathered] = {}
    for name, one in gathered.items():
        if one is not None:
            _count_known(tensors, containers[name], one)
            if one.tensors > 1 and (one.with_graph or "." not in name):
                several[name] = one
    return several


def _container(trail: Trail) -> Trail | None:
    """The way to the outermost of at most two containers around a tensor.

    ``None`` unless that is a variable, or an attribute of an object that is reached by attributes.
    """
    inner: Trail | None = trail[0]
    if inner is None:
        return None
    outer: Trail = inner[0] if inner[1] is Step.ITEM else inner
    at = outer
    while at[1] is Step.ATTRIBUTE:
        at = at[0]
    return outer if at[1] is Step.VARIABLE else None


def _object(tensors: Tensors, place: Trail, namespace: Mapping[str, Any]) -> Any:
    """What a variable or an attribute holds, had without running the user's code."""
    if place[0] is None:
        return namespace.get(str(place[2]))
    owner = _object(tensors, place[0], namespace)
    if tensors.kind(owner) not in (Kind.OBJECT, Kind.MODULE):
        return None
    held = members(tensors, owner, place[0])
    return next((value for value, way in held if way[1:] == place[1:]), None)


def _begin(container: Any, tensor: Any) -> Gathered | None:
    cls = type(container)
    if issubclass(cls, (list, dict)):
        kind: Literal["list", "dict"] = "dict" if issubclass(cls, dict) else "list"
        return Gathered(kind, id(container), weakref.ref(tensor))
    return Gathered("list", id(container), None) if issubclass(cls, deque) else None


def _has_lists(container: Any, kind: type) -> bool:
    """Whether it is a dictionary of lists in which there are only tensors of a class."""
    if not issubclass(type(container), dict):
        return False
    lists = list(dict.values(container))  # a copy asks a class for its own `keys`
    if not all(issubclass(type(each), list) for each in lists):
        return False
    if sum(map(list.__len__, lists)) > _MOST_ITEMS:
        return False
    return all(type(item) is kind for each in lists for item in list.copy(each))


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
        one.direct += missing
        one.with_graph += missing if one.with_graph else 0

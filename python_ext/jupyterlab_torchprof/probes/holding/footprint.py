"""The memory that an object keeps alive, known without keeping the object."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from ..graphs.graph import GraphWalk
from ..graphs.kept import GraphBounds
from ..graphs.weak_storage import WeakStorage
from ..objects.kinds import Kind, class_name
from ..objects.paths import variable
from ..objects.tensors import Tensors
from ..objects.walk import Bounds, walk

HOLDING = frozenset({Kind.TENSOR, Kind.MODULE, Kind.SEQUENCE, Kind.MAPPING})
"""Kinds of objects that are looked into."""
_BOUNDS = Bounds(objects=5000, seconds=0.005)
_GRAPH_BOUNDS = GraphBounds(nodes=5000, seconds=0.002)


class HeldStorage(NamedTuple):
    """One storage that an object holds."""

    nbytes: int
    device: str
    reference: WeakStorage


class Footprint(NamedTuple):
    """What an object reaches. Keeps nothing of it alive."""

    what: str
    """Its class, with a tensor's shape."""
    storages: dict[int, HeldStorage]
    """By key: of tensors, gradients, and what their graphs have saved."""
    ids: frozenset[int]
    """Of the tensors and modules; theirs as long as the object itself lives."""

    def take(self, taken: set[int]) -> dict[int, HeldStorage]:
        """The storages that are there and not ``taken``, by key, and take them."""
        own = {
            key: held
            for key, held in self.storages.items()
            if key not in taken and not held.reference.expired()
        }
        taken.update(own)
        return own


def graph_walk(tensors: Tensors) -> GraphWalk:
    """A walk for the graphs of several objects: what they share is the first one's."""
    return GraphWalk(tensors, _GRAPH_BOUNDS)


def footprint(
    tensors: Tensors,
    thing: Any,
    graphs: GraphWalk | None = None,
    *,
    leave_out: Collection[int] = (),
) -> Footprint:
    """The footprint of ``thing``, with its autograd graphs if there is a walk for them."""
    found = walk(tensors, [(thing, variable(""))], _BOUNDS, leave_out=leave_out)
    things = [tensor for tensor, _trail in found.tensors]
    parts = [part for tree in found.modules for part in tree.parts(tensors)]
    ids = {id(part.module) for part in parts}
    things.extend(tensor for part in parts for _name, tensor, _is_parameter in part.tensors)
    ids.update(map(id, things))
    with tensors.quiet():
        storages = storages_of(tensors, things)
        if graphs is not None:
            roots = [fn for fn in (tensors.grad_fn(tensor) for tensor in things) if fn is not None]
            if roots:
                saved = graphs.walk(roots).saved
                storages = {**storages_of(tensors, [s.tensor for s in saved.values()]), **storages}
        return Footprint(describe(tensors, thing), storages, frozenset(ids))


def storages_of(tensors: Tensors, things: list[Any]) -> dict[int, HeldStorage]:
    """The storages of these tensors and of their gradients. Runs within `Tensors.quiet`."""
    storages: dict[int, HeldStorage] = {}
    pending = list(things)
    while pending:
        tensor = pending.pop()
        storage = tensors.storage(tensor)
        if storage is None or not storage[1]:
            pending.extend(tensors.parts(tensor))
        elif storage[0] not in storages:
            reference = WeakStorage(tensors.storage_object(tensor))
            storages[storage[0]] = HeldStorage(storage[1], tensors.device_name(tensor), reference)
        gradient = tensors.gradient(tensor)
        if gradient is not None:
            pending.append(gradient)
    return storages


def describe(tensors: Tensors, thing: Any) -> str:
    """``"Tensor [64, 3, 224, 224]"``, ``"Sequential"``."""
    name = class_name(thing)
    return f"{name} {tensors.shape(thing)}" if tensors.kind(thing) is Kind.TENSOR else name

"""The lots that are there when a run has ended, from what was measured of it."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

from ..probes.graphs.weak_storage import WeakStorage
from ..probes.objects.kept import Kept
from ..probes.objects.survey import Survey
from ..probes.objects.tensors import Tensors
from ..record import CellRecord
from .lots import Key, Lots, Seen


def lots_of(record: CellRecord, found: Survey, lots: Lots, tensors: Tensors) -> Iterator[Seen]:
    """Tensors, modules and their gradients, optimizers' state, and graphs.

    Runs within `Tensors.quiet`. ``lots``: those known before need no new reference.
    """
    for kept in apart_from_optimizers(record, found):
        yield from _of_tensors(kept, lots, tensors)
    for module in record.placement.modules if record.placement is not None else ():
        reference = found.modules.get(module.path)
        if reference is None:
            continue
        for device, nbytes in module.devices.items():
            yield Seen(module_key(reference), device, nbytes, module.path, reference)
        if module.gradient_bytes and len(module.devices) == 1:
            device = next(iter(module.devices))
            key = gradient_key(reference)
            yield Seen(key, device, module.gradient_bytes, f"gradients of {module.path}", None)
    for optimizer in record.optimizers:
        name = optimizer.variable or ""
        reference = found.optimizers.get(name)
        for device, nbytes in optimizer.state_bytes.items() if name else ():
            if nbytes:
                yield Seen(state_key(name, reference), device, nbytes, name, reference)
    for graph in record.grad.retained if record.grad is not None else ():
        carrier = carrier_of(graph.variable, found)
        if carrier is not None:
            yield Seen(graph_key(carrier), graph.device, graph.saved_bytes, graph.variable, carrier)


def apart_from_optimizers(record: CellRecord, found: Survey) -> Iterator[Kept]:
    """What keeps tensors, but for the state of optimizers, which is told of by itself."""
    names = [one.variable for one in record.optimizers if one.variable]
    within = tuple(f"{name}{step}" for name in names for step in ".[")
    for kept in found.kept:
        if kept.path not in names and not kept.path.startswith(within):
            yield kept


def keys_of(kept: Kept) -> list[Key]:
    """The keys of what a variable keeps."""
    return [("storage", large.key) for large in kept.large]


def module_key(reference: weakref.ref[Any]) -> Key:
    """Of a module's parameters and buffers."""
    return ("module", id(reference()))


def gradient_key(reference: weakref.ref[Any]) -> Key:
    """Of the gradients of its parameters."""
    return ("gradients", id(reference()))


def state_key(name: str, reference: weakref.ref[Any] | None) -> Key:
    """Of an optimizer's state."""
    return ("state", name if reference is None else id(reference()))


def graph_key(carrier: weakref.ref[Any]) -> Key:
    """Of the graph that a tensor carries."""
    return ("graph", id(carrier()))


def carrier_of(variable: str, found: Survey) -> weakref.ref[Any] | None:
    """A tensor of this variable or attribute that carries a graph."""
    for name, carriers in found.carriers.items():
        if variable in (name, carriers.path) or variable in carriers.named:
            reference = carriers.named.get(variable, carriers.tensors[0])
            return None if reference() is None else reference
    return None


def _of_tensors(kept: Kept, lots: Lots, tensors: Tensors) -> Iterator[Seen]:
    for key, large in zip(keys_of(kept), kept.large, strict=True):
        reference = None
        if not lots.knows(key, kept.device):
            tensor = large.reference()
            if tensor is None:
                continue
            reference = WeakStorage(tensors.storage_object(tensor))
        yield Seen(key, kept.device, large.nbytes, kept.path, reference)

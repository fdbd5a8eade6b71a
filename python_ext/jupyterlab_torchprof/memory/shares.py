"""Who has how much of a device's memory, from what was measured of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..probes.objects.survey import Survey
from ..record import CellRecord, MemoryShare
from .lots import Key, Lots, RunName
from .seen import (
    apart_from_optimizers,
    carrier_of,
    gradient_key,
    graph_key,
    keys_of,
    module_key,
    state_key,
)

_HOLDERS = {"output": "outputs", "traceback": "traceback", "old_object": "old_objects"}


@dataclass(frozen=True, slots=True)
class Source:
    """What the shares are found in."""

    record: CellRecord
    survey: Survey | None
    """``None``: the namespace was not walked."""
    lots: Lots
    """Tells which run made what."""


def shares(source: Source, device: str) -> list[MemoryShare]:
    """What holders have of a device (of ``"cpu"``, in tensors), in no particular order."""
    found = [
        *_modules(source, device),
        *_optimizers(source, device),
        *_tensors(source, device),
        *_graphs(source, device),
        *_holders(source, device),
    ]
    return [share for share in found if share.held_bytes > 0 or share.shares_with]


def _modules(source: Source, device: str) -> Iterator[MemoryShare]:
    placement = source.record.placement
    for module in placement.modules if placement is not None else ():
        held = module.devices.get(device, 0)
        reference = source.survey.modules.get(module.path) if source.survey else None
        yield _share(
            source,
            MemoryShare(
                kind="parameters", name=module.path, held_bytes=held, what=module.class_name
            ),
            [] if reference is None else [module_key(reference)],
            device,
        )
        if held and len(module.devices) == 1:
            yield _share(
                source,
                MemoryShare(kind="gradients", name=module.path, held_bytes=module.gradient_bytes),
                [] if reference is None else [gradient_key(reference)],
                device,
            )


def _optimizers(source: Source, device: str) -> Iterator[MemoryShare]:
    for optimizer in source.record.optimizers:
        held = optimizer.state_bytes.get(device, 0)
        name = optimizer.variable
        reference = source.survey.optimizers.get(name or "") if source.survey else None
        yield _share(
            source,
            MemoryShare(
                kind="optimizer_state",
                name=name or optimizer.class_name,
                held_bytes=held,
                what=optimizer.class_name if name else None,
            ),
            [] if name is None else [state_key(name, reference)],
            device,
        )


def _tensors(source: Source, device: str) -> Iterator[MemoryShare]:
    """The tensors of each variable or attribute that are in no module."""
    if source.survey is None:
        return
    for kept in apart_from_optimizers(source.record, source.survey):
        if kept.device != device:
            continue
        yield _share(
            source,
            MemoryShare(
                kind="tensors",
                name=kept.path or None,
                held_bytes=0 if kept.shares_with else kept.nbytes,
                what=kept.what,
                shown_bytes=kept.shown_bytes,
                shares_with=kept.shares_with,
            ),
            keys_of(kept),
            device,
        )


def _graphs(source: Source, device: str) -> Iterator[MemoryShare]:
    grad = source.record.grad
    for graph in grad.retained if grad is not None else ():
        if graph.device == device:
            carrier = carrier_of(graph.variable, source.survey) if source.survey else None
            yield _share(
                source,
                MemoryShare(kind="graphs", name=graph.variable, held_bytes=graph.saved_bytes),
                [] if carrier is None else [graph_key(carrier)],
                device,
            )


def _holders(source: Source, device: str) -> Iterator[MemoryShare]:
    for holder in source.record.holders:
        yield MemoryShare(
            kind=_HOLDERS[holder.kind],  # type: ignore[arg-type]
            name=holder.name,
            held_bytes=holder.unique_bytes.get(device, 0),
            what=holder.what,
            made_count=holder.execution_count,
        )


def _share(source: Source, share: MemoryShare, keys: Iterable[Key], device: str) -> MemoryShare:
    made: RunName | None = source.lots.maker(keys, device)
    if made is not None:
        share.made_run_id, share.made_count = made.run_id, made.number
    return share

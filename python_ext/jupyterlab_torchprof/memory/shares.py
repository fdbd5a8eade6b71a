"""Who has how much of a device's memory, from what was measured of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..probes.objects.survey import Survey
from ..record import CellRecord, MemoryShare
from .lots import Lots

_HOLDERS: dict[str, Literal["outputs", "traceback", "old_objects"]] = {
    "output": "outputs",
    "traceback": "traceback",
    "old_object": "old_objects",
}


@dataclass(frozen=True, slots=True)
class Source:
    """What the shares are found in."""

    record: CellRecord
    survey: Survey
    lots: Lots
    """Tells which run made what."""


def shares(source: Source, device: str) -> list[MemoryShare]:
    """What holders have of a device (of ``"cpu"``, in tensors), in no particular order."""
    found = [
        *_modules(source, device),
        *_tensors(source, device),
        *_graphs(source, device),
    ]
    for share in found:
        made = source.lots.maker((share.kind, share.name or ""), device)
        if made is not None:
            share.made_run_id, share.made_count = made.run_id, made.number
    held = _holders(source, device, found)
    return [share for share in (*found, *held) if share.held_bytes > 0 or share.shares_with]


def _modules(source: Source, device: str) -> Iterator[MemoryShare]:
    for tree in source.survey.trees:
        shared = tree.shares_with if device in tree.own_devices else None
        yield MemoryShare(
            kind="parameters",
            name=tree.path,
            held_bytes=tree.parameter_bytes.get(device, 0),
            what=tree.class_name,
            shares_with=shared,
        )
        held = tree.gradient_bytes.get(device, 0)
        if held:
            yield MemoryShare(kind="gradients", name=tree.path, held_bytes=held)


def _tensors(source: Source, device: str) -> Iterator[MemoryShare]:
    """The tensors of each variable or attribute that are in no module."""
    for kept in source.survey.kept:
        if kept.device != device:
            continue
        yield MemoryShare(
            kind="optimizer_state" if kept.optimizer else "tensors",
            name=kept.path or None,
            held_bytes=0 if kept.shares_with else kept.nbytes,
            what=kept.what,
            shown_bytes=kept.shown_bytes,
            shares_with=kept.shares_with,
        )


def _graphs(source: Source, device: str) -> Iterator[MemoryShare]:
    grad = source.record.grad
    for graph in grad.retained if grad is not None else ():
        saved = source.survey.graph_saved.get(graph.variable)
        if saved is not None:
            held = sum(one.nbytes for one in saved.values() if one.device == device)
        else:
            held = graph.saved_bytes if graph.device == device else 0
        if held:
            yield MemoryShare(kind="graphs", name=graph.variable, held_bytes=held)


def _holders(source: Source, device: str, found: list[MemoryShare]) -> Iterator[MemoryShare]:
    for holder in source.record.holders:
        held = holder.unique_bytes.get(device, 0)
        for name in holder.held_by:
            # What an optimizer still has of a model that was bound anew is the model's.
            for share in found:
                if share.kind == "tensors" and (share.name or "").startswith(
                    f"{name}.param_groups"
                ):
                    share.held_bytes = max(0, share.held_bytes - held)
        yield MemoryShare(
            kind=_HOLDERS[holder.kind],
            name=holder.name,
            held_bytes=held,
            what=holder.what,
            made_count=holder.execution_count,
        )

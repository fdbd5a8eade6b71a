"""Smaller batches in a library's training loop, several of them for each step."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ...record import CellRecord, DataLoading, MemoryEntry, Prediction
from ..evidence.loops import Loop
from ..evidence.memory import filled
from ..grammar import Case
from ..grammar.asking import Asked, asked_in, loop_around
from ..text.code import Call

PARTS = 4
_TINY_BATCH = 4


@dataclass(frozen=True, slots=True)
class Divided:
    """A library's loop that filled a device, and what its constructor would have to get."""

    memory: MemoryEntry
    total: int
    loading: DataLoading
    size: int
    """Of the loader's batches."""
    asked: Asked

    @property
    def peak_if_divided(self) -> float:
        """With a part of the batch."""
        return peak_of_a_part(self.memory)


def divided(case: Case) -> Divided | None:
    """The training loop of a library in a run that filled a device, if batches may be why."""
    record = case.record
    memory = next(filled(record), None) if record.grad is not None else None
    loading = _training_loader(record)
    if memory is None or memory.total_bytes is None or loading is None:
        return None
    loop, size = loop_around(case, loading.place), loading.batch_size or 0
    if loop is None or not loop.made(loading.made) or size <= _TINY_BATCH:
        return None
    asked = _asked_of(loop, size)
    if asked is None:
        return None
    return Divided(memory, memory.total_bytes, loading, size, asked)


def peak_of_a_part(memory: MemoryEntry) -> float:
    """What stays, and a part of what came and went with the batches."""
    static = memory.allocated_after_bytes
    return static + (memory.peak_bytes - static) / PARTS


def predicted(memory: MemoryEntry, after: float) -> Prediction:
    """A lower peak."""
    return Prediction(
        metric="peak_bytes",
        before=memory.peak_bytes,
        after=after,
        unit="bytes",
        device=memory.device,
    )


def _training_loader(record: CellRecord) -> DataLoading | None:
    """The only loader that a step of the run can have taken its batches from."""
    grad = record.grad
    backwards = 0 if grad is None else grad.backwards
    if record.out_of_memory is not None and len(record.data_loading) != 1:
        return None  # it may as well have been an evaluation that filled the device
    if not backwards and not (grad and any(each.grad for each in grad.forwards)):
        return None
    found = [
        each
        for each in record.data_loading
        if each.batch_size and each.batches and each.batches >= backwards
    ]
    return found[0] if len(found) == 1 else None


def _asked_of(loop: Loop, size: int) -> Asked | None:
    """A part of the batch, and as many more of them, where the constructor says what they are."""
    library, site = loop.library, loop.constructor
    batch, parts = (library.arguments.get(each) for each in ("batch", "accumulation"))
    if batch is None or parts is None or site is None:
        return None
    if _number(site.call, batch.name, batch.default) != size:
        return None
    gathered = _number(site.call, parts.name, parts.default)
    if gathered is None:
        return None
    return asked_in(loop, {"batch": str(size // PARTS), "accumulation": str(gathered * PARTS)})


def _number(call: Call, name: str, default: int | None) -> int | None:
    """The number that a call gives an argument; ``None``: the text does not show it."""
    node = call.keywords.get(name)
    if node is None:
        return None if call.has_double_star else default
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int) else None

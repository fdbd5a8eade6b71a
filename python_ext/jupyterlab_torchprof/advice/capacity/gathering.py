"""What evaluations of libraries have gathered on a device, where it could have been elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...record import CellRecord, Evaluation, MemoryEntry, Prediction
from ..evidence.memory import is_nearly_full, memory_entry
from ..grammar import Case
from ..grammar.asking import Asked, ask

_LEAST_BYTES = 64 << 20
_LEAST_SHARE = 0.05
_SCARCE_SHARE = 0.01
"""Of a device that is nearly full, or was too small."""
_TAKES = 8
"""Times that outputs go to the host in one evaluation: each time the library joins all that is
there already with what comes, so that more often would cost more."""
_AT_THE_PEAK = 0.98


@dataclass(frozen=True, slots=True)
class Gathered:
    """Outputs that could have gone to the host during the evaluation."""

    entry: Evaluation
    memory: MemoryEntry
    asked: Asked
    each: int
    """Batches after which they should go."""

    @property
    def saving(self) -> int:
        """What would not be on the device at the evaluation's peak."""
        return _saving(self.entry)


def gathered(case: Case) -> Iterator[Gathered]:
    """Evaluations of which this is worth saying."""
    for entry in case.record.evaluations:
        memory = memory_entry(case.record, entry.device)
        if memory is None or not memory.total_bytes or entry.host_each is not None:
            continue
        if not _matters(case, entry, memory):
            continue
        each = _each(entry.batches)
        asked = ask(case, entry.place, {"outputs on the host": str(each)})
        if asked is not None:
            yield Gathered(entry, memory, asked, each)


def _matters(case: Case, entry: Evaluation, memory: MemoryEntry) -> bool:
    """Whether so much would be saved that it counts, where the device was fullest."""
    saving, out = _saving(entry), case.record.out_of_memory
    total = memory.total_bytes or 0
    if saving <= 0:
        return False
    if entry.failed:
        return out is not None and out.device == entry.device and saving >= _SCARCE_SHARE * total
    if not _is_the_peak(case, entry, memory):
        return False
    if is_nearly_full(memory.peak_bytes, memory):
        return saving >= _SCARCE_SHARE * total
    return saving >= max(_LEAST_BYTES, _LEAST_SHARE * total)


def _is_the_peak(case: Case, entry: Evaluation, memory: MemoryEntry) -> bool:
    """Whether the device was fullest in the evaluation: all that ran, or known to have been."""
    if _is_alone(case.record, entry):
        return True
    reached = entry.allocated_bytes
    if entry.joined:  # right before, all but the last batch were there twice
        reached += entry.gathered_bytes * (entry.batches - 1) // entry.batches
    return max(reached, entry.peak_bytes) >= _AT_THE_PEAK * memory.peak_bytes


def _is_alone(record: CellRecord, entry: Evaluation) -> bool:
    """Whether nothing but the evaluation was computed, as far as is known."""
    grad = record.grad
    return (
        grad is not None
        and not grad.backwards
        and bool(grad.forwards)
        and all(each.place == entry.place and not each.grad for each in grad.forwards)
    )


def _each(batches: int) -> int:
    return max(1, batches // _TAKES)


def _saving(entry: Evaluation) -> int:
    kept = _each(entry.batches) + 1
    return entry.gathered_bytes * max(0, entry.batches - kept) // max(1, entry.batches)


def predicted(record: CellRecord, found: Gathered) -> Prediction | None:
    """A lower peak, of an evaluation whose batches are alike."""
    entry, memory = found.entry, found.memory
    if record.status != "ok" or not _is_alone(record, entry) or not _are_alike(record):
        return None
    least = max(memory.allocated_before_bytes, memory.allocated_after_bytes)
    return Prediction(
        metric="peak_bytes",
        before=memory.peak_bytes,
        after=max(least, memory.peak_bytes - found.saving),
        unit="bytes",
        device=memory.device,
    )


def _are_alike(record: CellRecord) -> bool:
    """Whether all batches have the same shape, but for the number of their items."""
    shapes = record.grad.forwards if record.grad is not None else []
    return len({tuple(shape[1:]) for each in shapes for shape in each.shapes}) == 1

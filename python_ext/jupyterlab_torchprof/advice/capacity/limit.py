"""A device that is nearly full, or was too small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, MemoryEntry, MemoryShare, OutOfMemory, Severity
from ...units import format_bytes
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from .failed_moves import failed_move
from .menu import actions, options
from .segments import is_fragmented

_NEAR = 0.9
_ADDED = 0.01
"""Share of the device by which a run must have raised its memory to be to blame."""
_HOLDERS = 5
_CHOICE = "Each of these changes what is computed or how fast, so that the choice is yours."
_KINDS = {
    "parameters": "parameters and buffers",
    "gradients": "gradients",
    "optimizer_state": "optimizer state",
    "tensors": "tensors",
    "graphs": "saved tensors of graphs",
    "outputs": "outputs that IPython keeps",
    "traceback": "the frames of the last error",
    "old_objects": "objects whose variable was bound again",
    "cached": "cached by the allocator, not in use",
    "other_processes": "other processes",
    "unknown": "something that is not known",
}


@dataclass(frozen=True, slots=True)
class Full:
    """A device with little or no memory left."""

    record: CellRecord
    memory: MemoryEntry | None
    out: OutOfMemory | None
    history: Sequence[CellRecord]


class VramNearLimit(OldRule[Full]):
    """A device ran out of memory, or its peak came within a tenth of its size.

    The finding is the failed allocation, or a peak of more than 90 % of the device's memory that
    the run itself has risen to, by 1 % of the device at least. The explanation lists what could
    give way, largest first, with the numbers measured in this run: what the cell took and gave
    back (half the batch takes half of it), the largest graph that a forward saved (checkpointing,
    autocast), gradients, variables, and what is held without need.

    Silent where a narrower rule has the answer: a module that does not fit, fragmentation; and
    for a run that found the device full and added nothing. There is no fix: every option changes
    what is computed or how fast.
    """

    id: ClassVar[str] = "vram-near-limit"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "The accelerator's memory is nearly used up, or was: the next larger batch, or a longer "
        "sequence, ends in an out-of-memory error."
    )
    proof: ClassVar[str] = "An out-of-memory error, or a measured peak above 90 % of the device."
    cure: ClassVar[str] = (
        "A list of what could give way, with the bytes measured in this run, and actions for "
        "memory that is held without need."
    )
    silent: ClassVar[str] = (
        "Where model-exceeds-vram or fragmentation explains the error; a run that found the device "
        "full and added nothing."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/cuda.html#memory-management",
        "https://docs.pytorch.org/docs/stable/checkpoint.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Full | None:
        """See the class."""
        out = record.out_of_memory
        if out is not None:
            if failed_move(record, history) is not None or is_fragmented(out, history):
                return None
            memory = next((each for each in record.memory if each.device == out.device), None)
            return Full(record, memory, out, history)
        near = [
            entry
            for entry in record.memory
            if entry.device != "host"
            and entry.total_bytes
            and entry.peak_bytes > _NEAR * entry.total_bytes
            and entry.peak_bytes - entry.allocated_before_bytes > _ADDED * entry.total_bytes
        ]
        return Full(record, near[0], None, history) if near else None

    def title(self, finding: Full) -> str:
        """One sentence."""
        out, memory = finding.out, finding.memory
        if out is not None:
            asked = (
                f": {format_bytes(out.requested_bytes)} were asked for"
                if out.requested_bytes is not None
                else ""
            )
            left = (
                f", {format_bytes(out.free_bytes)} were left"
                if asked and out.free_bytes is not None
                else ""
            )
            return f"{out.device} ran out of memory{asked}{left}."
        assert memory is not None
        return f"The peak came to {_share(memory):.0%} of the memory of {memory.device}."

    def explanation(self, finding: Full) -> str:
        """What could give way."""
        memory = finding.memory
        found = options(finding.record, memory.device if memory is not None else None)
        if not found:
            return "Smaller batches, lower precision or freeing what is not needed make room."
        return "What could give way, with the numbers of this run: " + " ".join(found)

    def evidence(self, finding: Full) -> list[str]:
        """Facts of the record."""
        out, memory = finding.out, finding.memory
        facts: list[str] = []
        if out is not None:
            total = f" of {format_bytes(out.total_bytes)}" if out.total_bytes else ""
            facts.append(f"{format_bytes(out.allocated_bytes)}{total} were in use on {out.device}.")
            facts += [_holder(share) for share in out.holders[:_HOLDERS]]
        elif memory is not None and memory.total_bytes:
            facts.append(
                f"Peak {format_bytes(memory.peak_bytes)} of {format_bytes(memory.total_bytes)} on "
                f"{memory.device}."
            )
            if memory.other_processes_bytes:
                facts.append(
                    f"Other processes hold {format_bytes(memory.other_processes_bytes)} of it."
                )
        return facts

    def grade(self, finding: Full) -> Severity:
        """A device that was used well and did not overflow is no alarm."""
        return self.severity if finding.out is not None else "medium"

    def remedy(self, finding: Full) -> Remedy:
        """Actions for what is held without need."""
        error = finding.record.error if finding.out is not None else None
        lines = [error.line] if error is not None and error.line is not None else []
        return Remedy(
            refusal=_CHOICE, lines=lines, actions=actions(finding.record, finding.history)
        )


def _share(memory: MemoryEntry) -> float:
    return memory.peak_bytes / memory.total_bytes if memory.total_bytes else 0.0


def _holder(share: MemoryShare) -> str:
    name = f"`{share.name}`, {_KINDS[share.kind]}" if share.name else _KINDS[share.kind]
    return f"{name[0].upper()}{name[1:]}: {format_bytes(share.held_bytes)}."

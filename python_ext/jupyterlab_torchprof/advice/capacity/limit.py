"""A device that is nearly full, or was too small."""

from __future__ import annotations

from ...record import CellRecord, MemoryShare, OutOfMemory
from ...units import format_bytes
from ...words import sentence
from ..evidence.failures import error_lines
from ..evidence.memory import filled
from ..grammar import Case, Finding, Rule
from .failed_moves import failed_move
from .freeing import actions
from .options import options
from .segments import is_fragmented

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
    "let_go": "what the failing lines had, which went with the error",
    "cached": "cached by the allocator, not in use",
    "other_processes": "other processes",
    "unknown": "something that is not known",
}


class VramNearLimit(Rule):
    """The accelerator's memory is nearly used up, or was: the next larger batch, or a longer
    sequence, ends in an out-of-memory error.

    Evidence: An out-of-memory error, or a measured peak above 90 % of the device.

    Fix: A list of what could give way, with the bytes measured in this run, and actions for memory
    that is held without need.

    Silent: Where model-exceeds-vram or fragmentation explains the error; a run that found the
    device full and added nothing.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/cuda.html#memory-management
        https://docs.pytorch.org/docs/stable/checkpoint.html

    Notes: The run itself must have risen to the peak, by 1 % of the device at least. There is no
    fix: every option changes what is computed or how fast. A device that was used well and did not
    overflow is no alarm, but of medium severity.
    """

    id = "vram-near-limit"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """An allocation that failed for no narrower reason, or a high peak."""
        record, out = case.record, case.record.out_of_memory
        if out is None:
            return _nearly_full(case)
        if failed_move(record) is not None or is_fragmented(out, case.history):
            return None
        return _ran_out(case, out)


def _ran_out(case: Case, out: OutOfMemory) -> Finding:
    asked = left = ""
    if out.requested_bytes is not None:
        asked = f": {format_bytes(out.requested_bytes)} were asked for"
        if out.free_bytes is not None:
            left = f", {format_bytes(out.free_bytes)} were left"
    total = f" of {format_bytes(out.total_bytes)}" if out.total_bytes else ""
    return Finding(
        title=f"{out.device} ran out of memory{asked}{left}.",
        explanation=_what_could_give_way(case, out.device),
        evidence=[
            f"{format_bytes(out.allocated_bytes)}{total} were in use on {out.device}.",
            *(_holder(share, case.record) for share in out.holders[:_HOLDERS]),
        ],
        remedy=case.by_hand(_CHOICE, lines=error_lines(case.record), actions=actions(case)),
    )


def _nearly_full(case: Case) -> Finding | None:
    for memory in filled(case.record):
        peak, total, device = memory.peak_bytes, memory.total_bytes or 0, memory.device
        if peak - memory.allocated_before_bytes <= _ADDED * total:
            continue
        others = memory.other_processes_bytes
        return Finding(
            title=f"The peak came to {peak / total:.0%} of the memory of {device}.",
            explanation=_what_could_give_way(case, device),
            evidence=[
                f"Peak {format_bytes(peak)} of {format_bytes(total)} on {device}.",
                *([f"Other processes hold {format_bytes(others)} of it."] if others else []),
            ],
            remedy=case.by_hand(_CHOICE, actions=actions(case)),
            severity="medium",
        )
    return None


def _what_could_give_way(case: Case, device: str) -> str:
    found = options(case, device)
    if not found:
        return "Smaller batches, lower precision or freeing what is not needed make room."
    return f"What could give way, with the numbers of this run: {' '.join(found)}"


def _holder(share: MemoryShare, record: CellRecord) -> str:
    name = f"`{share.name}`, {_KINDS[share.kind]}" if share.name else _KINDS[share.kind]
    grown, come = share.within, ""
    if grown is not None and grown.run_id == record.run_id:
        at = f", at line {grown.line}" if grown.line is not None else ""
        come = f"; {format_bytes(grown.grown_bytes)} of it came in this run{at}"
    return f"{sentence(name)}: {format_bytes(share.held_bytes)}{come}."

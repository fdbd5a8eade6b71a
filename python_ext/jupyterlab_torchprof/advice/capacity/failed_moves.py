"""Modules that do not fit on their device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Move, PlacedModule, Severity
from ...units import format_bytes
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from .menu import actions

_BY_HAND = (
    "Move it in a smaller type, as `model.to(device, dtype=torch.bfloat16)`, free what is on the "
    "device, or use a smaller model or several devices."
)
_STATES_OF_ADAM = 2


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A module that was moved to a device that had no room for it."""

    record: CellRecord
    move: Move
    device: str
    needed_bytes: int
    """Of parameters and buffers that were elsewhere."""
    free_bytes: int
    total_bytes: int | None
    module: PlacedModule | None
    history: Sequence[CellRecord]


class ModelExceedsVram(OldRule[TooLarge]):
    """A module was moved to a device that has no room for it.

    The finding is a failed move in a run that ended for lack of memory, and that the module's
    bytes outside the device exceed what was free there (what the driver had left and what the
    allocator held unused). Nothing is predicted; what training takes is derived from the bytes
    of the trainable parameters: once more for gradients, and twice for the states of Adam.

    Silent where the module would have fitted, so that another reason must be at work.
    """

    id: ClassVar[str] = "model-exceeds-vram"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = "A model is moved to an accelerator that has too little free memory."
    proof: ClassVar[str] = (
        "A move that failed for lack of memory, and parameters and buffers of more bytes than "
        "were free."
    )
    cure: ClassVar[str] = (
        "By hand: a smaller type, freeing the device, a smaller model; the numbers say which is "
        "enough."
    )
    silent: ClassVar[str] = "Where the module would have fitted."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/cuda.html#memory-management",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> TooLarge | None:
        """See the class."""
        return failed_move(record, history)

    def title(self, finding: TooLarge) -> str:
        """One sentence."""
        return (
            f"{finding.move.what} takes {format_bytes(finding.needed_bytes)}, and "
            f"{finding.device} had {format_bytes(finding.free_bytes)} free."
        )

    def explanation(self, finding: TooLarge) -> str:
        """What would fit."""
        parts: list[str] = []
        needed, total = finding.needed_bytes, finding.total_bytes
        if total is not None and needed > total:
            parts.append(f"It is larger than the device, which has {format_bytes(total)}.")
        elif total is not None:
            parts.append(
                f"The device has {format_bytes(total)}, so it would fit if "
                f"{format_bytes(needed - finding.free_bytes)} more of it were free."
            )
        if _is_single(finding.move):
            half = needed // 2
            fits = "fits" if half <= finding.free_bytes else "does not fit either"
            parts.append(f"In bfloat16 it takes {format_bytes(half)}, which {fits}.")
        module = finding.module
        if module is not None and module.training and module.trainable_bytes:
            whole = needed + module.trainable_bytes * (1 + _STATES_OF_ADAM)
            parts.append(
                f"Training it with Adam takes {format_bytes(whole)} without activations: gradients "
                "take as much as the parameters, the two states of Adam twice as much."
            )
        return " ".join(parts)

    def evidence(self, finding: TooLarge) -> list[str]:
        """Facts of the record."""
        source = ", ".join(
            f"{format_bytes(size)} ({what})" for what, size in finding.move.source.items()
        )
        return [
            f"Before the move: {source}.",
            f"The move failed when {format_bytes(finding.free_bytes)} were free on "
            f"{finding.device}.",
        ]

    def remedy(self, finding: TooLarge) -> Remedy:
        """By hand."""
        lines = [finding.move.line] if finding.move.line is not None else []
        return Remedy(
            refusal=_BY_HAND, lines=lines, actions=actions(finding.record, finding.history)
        )


def failed_move(record: CellRecord, history: Sequence[CellRecord]) -> TooLarge | None:
    """The failed move of a run that ran out of memory, if the module has more than was free."""
    out = record.out_of_memory
    moves = [move for move in record.moves if move.failed]
    if out is None or not moves:
        return None
    move = moves[-1]
    needed = sum(size for what, size in move.source.items() if what.split()[0] != out.device)
    arrived = sum(size for what, size in move.target.items() if what.split()[0] == out.device)
    before = sum(size for what, size in move.source.items() if what.split()[0] == out.device)
    if out.free_bytes is not None:
        unused = max(0, (out.reserved_bytes or out.allocated_bytes) - out.allocated_bytes)
        free = out.free_bytes + unused
    elif out.total_bytes is not None:
        free = out.total_bytes - out.allocated_bytes
    else:
        return None
    free += max(0, arrived - before)  # what of it was there already when the move failed
    if needed <= free:
        return None
    modules = record.placement.modules if record.placement is not None else []
    module = next((each for each in modules if move.what.startswith(f"{each.path} ")), None)
    return TooLarge(record, move, out.device, needed, free, out.total_bytes, module, history)


def _is_single(move: Move) -> bool:
    types = {what.split()[-1] for what in move.source}
    return types == {"float32"}

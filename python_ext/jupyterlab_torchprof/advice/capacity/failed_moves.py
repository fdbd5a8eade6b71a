"""Modules that do not fit on their device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...record import CellRecord, Move, OutOfMemory, PlacedModule
from ...units import format_bytes
from ..grammar import Case, Finding, Rule
from .freeing import actions

_BY_HAND = (
    "Move it in a smaller type, as `model.to(device, dtype=torch.bfloat16)`, free what is on the "
    "device, or use a smaller model or several devices."
)
_STATES_OF_ADAM = 2


@dataclass(frozen=True, slots=True)
class FailedMove:
    """A move to a device that had no room for the module."""

    move: Move
    out: OutOfMemory
    needed_bytes: int
    """Of parameters and buffers that were elsewhere."""
    free_bytes: int
    """What the driver had left on the device, and what the allocator held unused."""


class ModelExceedsVram(Rule):
    """A model is moved to an accelerator that has too little free memory.

    Evidence: A move that failed for lack of memory, and parameters and buffers of more bytes than
    were free.

    Fix: By hand: a smaller type, freeing the device, a smaller model; the numbers say which is
    enough.

    Silent: Where the module would have fitted.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/cuda.html#memory-management

    Notes: Where it would have fitted another reason must be at work. Nothing is predicted; what
    training takes is derived from the bytes of the trainable parameters: once more for gradients,
    and twice for the states of Adam.
    """

    id = "model-exceeds-vram"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """A failed move of more bytes than were free."""
        failed = failed_move(case.record)
        if failed is None:
            return None
        move, device, free = failed.move, failed.out.device, format_bytes(failed.free_bytes)
        before = ", ".join(f"{format_bytes(size)} ({what})" for what, size in move.source.items())
        return Finding(
            title=(
                f"{move.what} takes {format_bytes(failed.needed_bytes)}, and {device} had {free} "
                "free."
            ),
            explanation=_what_would_fit(failed, case.placement.modules),
            evidence=[
                f"Before the move: {before}.",
                f"The move failed when {free} were free on {device}.",
            ],
            remedy=case.by_hand(
                _BY_HAND,
                lines=[case.line(move.place)],
                actions=actions(case),
            ),
        )


def _what_would_fit(failed: FailedMove, modules: Sequence[PlacedModule]) -> str:
    move, needed, free = failed.move, failed.needed_bytes, failed.free_bytes
    total = failed.out.total_bytes
    parts: list[str] = []
    if total is not None and needed > total:
        parts.append(f"It is larger than the device, which has {format_bytes(total)}.")
    elif total is not None:
        parts.append(
            f"The device has {format_bytes(total)}, so it would fit if "
            f"{format_bytes(needed - free)} more of it were free."
        )
    if {what.split()[-1] for what in move.source} == {"float32"}:
        half = needed // 2
        fits = "fits" if half <= free else "does not fit either"
        parts.append(f"In bfloat16 it takes {format_bytes(half)}, which {fits}.")
    module = next((each for each in modules if move.what.startswith(f"{each.path} ")), None)
    if module is not None and module.training and module.trainable_bytes:
        whole = needed + module.trainable_bytes * (1 + _STATES_OF_ADAM)
        parts.append(
            f"Training it with Adam takes {format_bytes(whole)} without activations: gradients "
            "take as much as the parameters, the two states of Adam twice as much."
        )
    return " ".join(parts)


def failed_move(record: CellRecord) -> FailedMove | None:
    """The failed move of a run that ran out of memory, if the module has more than was free."""
    out = record.out_of_memory
    moves = [move for move in record.moves if move.failed]
    free = _free(out) if out is not None else None
    if out is None or free is None or not moves:
        return None
    move = moves[-1]
    before, arrived = _bytes_on(out.device, move.source), _bytes_on(out.device, move.target)
    needed = sum(move.source.values()) - before
    free += max(0, arrived - before)  # what of it was there already when the move failed
    return FailedMove(move, out, needed, free) if needed > free else None


def _free(out: OutOfMemory) -> int | None:
    if out.free_bytes is not None:
        return out.free_bytes + max(0, (out.reserved_bytes or 0) - out.allocated_bytes)
    return out.total_bytes - out.allocated_bytes if out.total_bytes is not None else None


def _bytes_on(device: str, parts: Mapping[str, int]) -> int:
    """Of what a move says by device and dtype."""
    return sum(size for what, size in parts.items() if what.split()[0] == device)

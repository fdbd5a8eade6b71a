"""Moves in a loop that move nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Prediction, Severity
from ...units import format_seconds
from ...words import count_of
from ..evidence.functions.reached import is_called_once
from ..evidence.times import is_worth_saying
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from .loop_moves import (
    LoopMove,
    by_line,
    has_real_moves_after,
    is_conditional,
    loop_move,
    may_leave,
    names_of_moves,
)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A call in a loop that moved nothing, again and again."""

    record: CellRecord
    name: str
    line: int
    calls: int
    """Those that moved nothing."""
    spent_s: float
    where: str
    move: LoopMove


class RedundantMove(OldRule[Repeated]):
    """A loop moves a module again and again to where it is.

    The finding is at least two calls of one line of a loop that found everything in place
    already, and that took together 50 ms and 1 % of the run, measured. A first call that does
    nothing is good style in a cell that may run again, so only loops are looked at.

    Prediction: the run's time less the measured time of those calls.
    """

    id: ClassVar[str] = "redundant-move"
    severity: ClassVar[Severity] = "low"
    what: ClassVar[str] = "A loop moves a module again and again to where it is already."
    proof: ClassVar[str] = (
        "At least two calls of `.to()`, `.cuda()` or `.cpu()` on one line of a loop that moved "
        "nothing, with at least 50 ms and 1 % of the run spent in them."
    )
    cure: ClassVar[str] = "Takes the call out of the loop, above it."
    silent: ClassVar[str] = (
        "Outside loops, where a move that does nothing makes a cell fit to run again; where "
        "anything else moves while the loop runs; below 50 ms or 1 % of the run."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to",
    )
    in_functions: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Repeated | None:
        """See the class."""
        if not is_called_once(record):
            return None  # each call would still move it
        if sum(move.no_op for move in record.moves) < 2:
            return None
        for name in names_of_moves(record):
            for line, moves in by_line(record.moves, name).items():
                idle = [move for move in moves if move.no_op]
                spent = sum(move.duration_s for move in idle[1:])  # one call stays
                if len(idle) < 2 or not is_worth_saying(spent, record):
                    continue
                if has_real_moves_after(record, moves[0]):
                    continue  # something takes it away, if only at times
                found = loop_move(record, name, line)
                if found is not None:
                    where = " and ".join(sorted({key.split()[0] for key in idle[0].target}))
                    return Repeated(record, name, line, len(idle), spent, where, found)
        return None

    def title(self, finding: Repeated) -> str:
        """One sentence."""
        return f"The loop moves `{finding.name}` to where it is, {finding.calls:,} times."

    def explanation(self, finding: Repeated) -> str:
        """What happens and what can be done."""
        return (
            f"`{finding.name}` was on {finding.where} already, yet each call goes through all its "
            "parameters to find that out. Once, above the loop, is enough."
        )

    def evidence(self, finding: Repeated) -> list[str]:
        """Facts of the record."""
        run = format_seconds(finding.record.duration_s)
        return [
            f"{count_of(finding.calls, 'call')} on line {finding.line} moved nothing; all but the "
            f"first of them took {format_seconds(finding.spent_s)} of {run}."
        ]

    def prediction(self, finding: Repeated) -> Prediction:
        """See the class."""
        before = finding.record.duration_s
        return Prediction("duration_s", before, before - finding.spent_s, "s")

    def remedy(self, finding: Repeated) -> Remedy:
        """Move the call above the loop."""
        from ...fixes.hoist import CannotFix, hoist  # libcst takes a while to import

        lines = [finding.line]
        if is_conditional(finding.move):
            refusal = "The call depends on a condition: take it out of the loop by hand."
            return Remedy(refusal=refusal, lines=lines)
        if not may_leave(finding.move, finding.name):
            return Remedy(
                refusal="The loop binds what the call needs, so it cannot stand above the loop.",
                lines=lines,
            )
        move, record = finding.move, finding.record
        loop = move.code.place(move.loop)
        try:
            fix = hoist(record.source, move.call.place, loop, finding.name, cell_id=record.cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines)
        return Remedy(fix=fix, lines=lines)

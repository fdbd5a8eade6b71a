"""Moves in a loop that move nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ... import fixes
from ...record import Move
from ...units import format_seconds
from ...words import count_of
from ..evidence.functions.reached import is_called_once
from ..evidence.times import is_worth_saying, shortened
from ..grammar import Case, Finding, Remedy, Rule
from .loop_moves import (
    LoopMove,
    by_line,
    has_real_moves_after,
    is_conditional,
    may_leave,
    moved_in_loop,
)


@dataclass(frozen=True, slots=True)
class _Repeated:
    """Calls on one line of a loop that found a module in place already."""

    line: int
    idle: list[Move]
    spent_s: float
    """Of all but the first, which stays."""
    move: LoopMove


class RedundantMove(Rule):
    """A loop moves a module again and again to where it is already.

    Evidence: At least two calls of `.to()`, `.cuda()` or `.cpu()` on one line of a loop that moved
    nothing, with at least 50 ms and 1 % of the run spent in them.

    Fix: Takes the call out of the loop, above it.

    Silent: Outside loops, where a move that does nothing makes a cell fit to run again; where
    anything else moves while the loop runs; below 50 ms or 1 % of the run.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to

    Notes: Predicted is the run's time less the measured time of all those calls but the first.
    """

    id = "redundant-move"
    severity = "low"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Calls on one line of a loop that found everything in place already."""
        repeated = _repeated(case)
        if repeated is None:
            return None
        name, calls = repeated.move.name, len(repeated.idle)
        spent, before = repeated.spent_s, case.record.duration_s
        where = " and ".join(sorted({key.split()[0] for key in repeated.idle[0].target}))
        return Finding(
            title=f"The loop moves `{name}` to where it is, {calls:,} times.",
            explanation=(
                f"`{name}` was on {where} already, yet each call goes through all its parameters "
                "to find that out. Once, above the loop, is enough."
            ),
            evidence=[
                f"{count_of(calls, 'call')} on line {repeated.line} moved nothing; all but the "
                f"first of them took {format_seconds(spent)} of {format_seconds(before)}."
            ],
            prediction=shortened(case.record, spent),
            remedy=_take_out(case, repeated),
        )


def _repeated(case: Case) -> _Repeated | None:
    record = case.record
    if sum(move.no_op for move in record.moves) < 2 or not is_called_once(record, case.history):
        return None  # each call would still move it
    for line, moves in by_line(record, record.moves).items():
        idle = [move for move in moves if move.no_op]
        spent = sum(move.duration_s for move in idle[1:])
        if len(idle) < 2 or not is_worth_saying(spent, record):
            continue
        if has_real_moves_after(record, moves[0]):
            continue  # something takes it away, if only at times
        found = moved_in_loop(record, moves, line)
        if found is not None:
            return _Repeated(line, idle, spent, found)
    return None


def _take_out(case: Case, repeated: _Repeated) -> Callable[[], Remedy]:
    record, move, lines = case.record, repeated.move, [repeated.line]
    if is_conditional(move):
        refusal = "The call depends on a condition: take it out of the loop by hand."
        return case.by_hand(refusal, lines=lines)
    if not may_leave(move):
        refusal = "The loop binds what the call needs, so it cannot stand above the loop."
        return case.by_hand(refusal, lines=lines)
    return case.edit(
        lambda: fixes.hoist.hoist(
            record.source,
            move.call.place,
            move.code.place(move.loop),
            move.name,
            cell_id=record.cell_id,
        ),
        lines=lines,
    )

"""Moves that a loop repeats without need."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Prediction, Severity
from ...units import format_bytes, format_seconds
from ..memory import memory_entry
from ..rule import Remedy, Rule
from ..words import count_of
from .loop_moves import (
    LoopMove,
    by_line,
    is_worth_saying,
    loop_move,
    may_leave,
    names_of_moves,
    variable_of,
)

_ROOM = 0.9


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


class RedundantMove(Rule[Repeated]):
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
        "Outside loops, where a move that does nothing makes a cell fit to run again; below 50 ms "
        "or 1 % of the run."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Repeated | None:
        """See the class."""
        if sum(move.no_op for move in record.moves) < 2:
            return None
        for name in names_of_moves(record):
            for line, moves in by_line(record.moves, name).items():
                idle = [move for move in moves if move.no_op]
                spent = sum(move.duration_s for move in idle[1:])  # one call stays
                if len(idle) < 2 or not is_worth_saying(spent, record):
                    continue
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


@dataclass(frozen=True, slots=True)
class PingPong:
    """A module that crosses between two devices and back in each round of a loop."""

    record: CellRecord
    name: str
    there: LoopMove
    back: LoopMove
    lines: list[int]
    rounds: int
    moved_bytes: int
    spent_s: float
    """Of all but the first move there and the last one back."""
    devices: tuple[str, str]


class ModelPingPong(Rule[PingPong]):
    """A loop takes a module to a device and back in every round.

    The finding is at least two rounds of moves of one module, all from A to B on one line and
    from B to A on another line of the same loop, that took together 50 ms and 1 % of the run.
    That may be meant, to make room: silent where another module moves in the loop as well, or
    where the device's peak and the module together would take more than 90 % of it.

    Prediction: the run's time less the measured host time of all moves but one there and one
    back. The fix puts the first move above the loop and the other below it; it is refused where
    the loop uses the module before the first move or after the second one.
    """

    id: ClassVar[str] = "model-ping-pong"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = "A loop takes a module to a device and back again in every round."
    proof: ClassVar[str] = (
        "At least two rounds of moves there and back, with their bytes and at least 50 ms and "
        "1 % of the run spent in them."
    )
    cure: ClassVar[str] = "Puts the one move above the loop and the other below it."
    silent: ClassVar[str] = (
        "Where modules take turns, or where the device would be more than 90 % full: then it is "
        "offloading on purpose."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> PingPong | None:
        """See the class."""
        real = [move for move in record.moves if move.moved_bytes and not move.failed]
        if len(real) < 4 or len({variable_of(move) for move in real if move.line}) != 1:
            return None
        name = variable_of(real[0])
        lines = by_line(real, name)
        if not name.isidentifier() or len(lines) != 2:
            return None
        (first, there), (second, back) = sorted(lines.items())
        ways = [
            {(_device(move.source), _device(move.target)) for move in way} for way in (there, back)
        ]
        if any(len(way) != 1 for way in ways):
            return None
        (source, target), (other, home) = next(iter(ways[0])), next(iter(ways[1]))
        if (source, target) != (home, other) or source == target or min(len(there), len(back)) < 2:
            return None
        spent = sum(move.duration_s for move in (*there[1:], *back[:-1]))
        if not is_worth_saying(spent, record) or not _fits(
            record, there[0].moved_bytes, source, target
        ):
            return None
        found = loop_move(record, name, first), loop_move(record, name, second)
        if found[0] is None or found[1] is None or found[0].loop is not found[1].loop:
            return None
        moved = sum(move.moved_bytes for move in (*there, *back))
        rounds = min(len(there), len(back))
        return PingPong(
            record,
            name,
            found[0],
            found[1],
            [first, second],
            rounds,
            moved,
            spent,
            (source, target),
        )

    def title(self, finding: PingPong) -> str:
        """One sentence."""
        one, other = finding.devices
        return (
            f"`{finding.name}` goes from {one} to {other} and back {finding.rounds:,} times in "
            "the loop."
        )

    def explanation(self, finding: PingPong) -> str:
        """What happens and what can be done."""
        return (
            f"The moves copied {format_bytes(finding.moved_bytes)} in all. `{finding.name}` can "
            f"stay on {finding.devices[1]} while the loop runs: one move above it and one below "
            "are enough."
        )

    def evidence(self, finding: PingPong) -> list[str]:
        """Facts of the record."""
        first, second = finding.lines
        return [
            f"Lines {first} and {second} moved it in {finding.rounds:,} rounds.",
            f"All moves but one there and one back took {format_seconds(finding.spent_s)} of "
            f"{format_seconds(finding.record.duration_s)}.",
        ]

    def prediction(self, finding: PingPong) -> Prediction:
        """See the class."""
        before = finding.record.duration_s
        return Prediction("duration_s", before, before - finding.spent_s, "s")

    def remedy(self, finding: PingPong) -> Remedy:
        """Take both moves out of the loop."""
        from ...fixes.hoist import CannotFix, embrace  # libcst takes a while to import

        record, lines, name = finding.record, finding.lines, finding.name
        there, back = finding.there, finding.back
        if not may_leave(there, name) or not may_leave(back, name):
            refusal = "The loop binds what the moves need, so they cannot stand outside it."
            return Remedy(refusal=refusal, lines=lines)
        if _used_outside(there, back, name):
            refusal = (
                f"The loop uses `{name}` outside the two moves, where it would be on another "
                "device than now."
            )
            return Remedy(refusal=refusal, lines=lines)
        try:
            fix = embrace(
                record.source,
                there.call.place,
                back.call.place,
                there.code.place(there.loop),
                name,
                cell_id=record.cell_id,
            )
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=lines)
        return Remedy(fix=fix, lines=lines)


def _device(places: dict[str, int]) -> str:
    """The only device of a module; empty for several."""
    devices = {key.split()[0] for key in places}
    return devices.pop() if len(devices) == 1 else ""


def _fits(record: CellRecord, moved: int, *devices: str) -> bool:
    for device in devices:
        entry = memory_entry(record, device)
        if device != "cpu" and entry is not None and entry.total_bytes:
            used = entry.peak_bytes + (entry.other_processes_bytes or 0)
            if used + moved > _ROOM * entry.total_bytes:
                return False
    return True


def _used_outside(there: LoopMove, back: LoopMove, name: str) -> bool:
    """Whether the loop mentions the module above the first move or below the second."""
    inside = range(there.call.line, back.call.place.end_line + 1)
    return any(
        isinstance(node, ast.Name) and node.id == name and node.lineno not in inside
        for node in ast.walk(there.loop)
    )

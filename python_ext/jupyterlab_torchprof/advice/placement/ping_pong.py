"""Models that a loop moves there and back."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Prediction, Severity
from ...units import format_bytes, format_seconds
from ..evidence.functions.reached import is_called_once
from ..evidence.memory import memory_entry
from ..evidence.times import is_worth_saying
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from .loop_moves import (
    LoopMove,
    by_line,
    is_conditional,
    loop_move,
    may_leave,
    variable_of,
)

_ROOM = 0.9


_LEAVES = (ast.Return, ast.Raise, ast.Yield, ast.YieldFrom)


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
    uses_both: bool
    """The loop uses the module on the one device and on the other."""


class ModelPingPong(OldRule[PingPong]):
    """A loop takes a module to a device and back in every round.

    The finding is at least two rounds of moves of one module, all from A to B on one line and
    from B to A on another line of the same loop, that took together 50 ms and 1 % of the run.
    That may be meant, to make room: silent where another module moves in the loop as well, or
    where the device's peak and the module together would take more than 90 % of it.

    Prediction: the run's time less the measured host time of all moves but one there and one
    back; none where the loop uses the module on both devices. The fix puts the first move above
    the loop and the other below it; it is refused in that case, too.
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
        "Where modules take turns, where the moves depend on a condition, or where the device "
        "would be more than 90 % full: then it is meant."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to",
    )
    in_functions: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> PingPong | None:
        """See the class."""
        if not is_called_once(record):
            return None  # each call would still move it
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
        if is_conditional(found[0]) or is_conditional(found[1]):
            return None  # now and then, for something that needs it
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
            used_outside(found[0], found[1], name),
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
        copied = f"The moves copied {format_bytes(finding.moved_bytes)} in all. "
        if finding.uses_both:
            return copied + (
                f"The loop uses `{finding.name}` on both devices. Where all of that can run on "
                "one of them, no move is needed in the loop."
            )
        return copied + (
            f"`{finding.name}` can stay on {finding.devices[1]} while the loop runs: one move "
            "above it and one below are enough."
        )

    def evidence(self, finding: PingPong) -> list[str]:
        """Facts of the record."""
        first, second = finding.lines
        return [
            f"Lines {first} and {second} moved it in {finding.rounds:,} rounds.",
            f"All moves but one there and one back took {format_seconds(finding.spent_s)} of "
            f"{format_seconds(finding.record.duration_s)}.",
        ]

    def prediction(self, finding: PingPong) -> Prediction | None:
        """See the class."""
        if finding.uses_both:
            return None
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
        if any(isinstance(node, _LEAVES) for node in ast.walk(there.loop)):
            refusal = "The loop may be left before its end, where the module would stay behind."
            return Remedy(refusal=refusal, lines=lines)
        if finding.uses_both:
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


def used_outside(there: LoopMove, back: LoopMove, name: str) -> bool:
    """Whether the loop mentions the module above the first move or below the second."""
    inside = range(there.call.line, back.call.place.end_line + 1)
    return any(
        isinstance(node, ast.Name) and node.id == name and node.lineno not in inside
        for node in ast.walk(there.loop)
    )

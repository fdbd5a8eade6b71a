"""Models that a loop moves there and back."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ... import fixes
from ...record import CellRecord, Move
from ...units import format_bytes, format_seconds
from ..evidence.functions.reached import is_called_once
from ..evidence.memory import memory_entry
from ..evidence.times import is_worth_saying, shortened
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import dotted
from .loop_moves import LoopMove, by_line, is_conditional, may_leave, moved_in_loop

_ROOM = 0.9
_LEAVES = (ast.Return, ast.Raise, ast.Yield, ast.YieldFrom)


@dataclass(frozen=True, slots=True)
class _Trips:
    """A module that goes from a device to another one and back, at least twice."""

    there: list[Move]
    back: list[Move]
    lines: tuple[int, int]
    """Of the moves there and of those back."""
    source: str
    target: str


class ModelPingPong(Rule):
    """A loop takes a module to a device and back again in every round.

    Evidence: At least two rounds of moves there and back, with their bytes and at least 50 ms and
    1 % of the run spent in them.

    Fix: Puts the one move above the loop and the other below it.

    Silent: Where modules take turns, where the moves depend on a condition, or where the device
    would be more than 90 % full: then it is meant.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to

    Notes: Predicted is the run's time less the measured host time of all moves but one there and
    one back. Where the loop uses the module on both devices, nothing is predicted and no fix given.
    """

    id = "model-ping-pong"
    severity = "medium"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """All moves from A to B on one line, and from B to A on another line of the same loop."""
        record = case.record
        trips = _trips(case)
        if trips is None or not _has_room(record, trips):
            return None
        spent = sum(move.duration_s for move in (*trips.there[1:], *trips.back[:-1]))
        if not is_worth_saying(spent, record):
            return None
        first, second = trips.lines
        there = moved_in_loop(record, trips.there, first)
        back = moved_in_loop(record, trips.back, second)
        if there is None or back is None or there.loop is not back.loop or there.name != back.name:
            return None
        if is_conditional(there) or is_conditional(back):
            return None  # now and then, for something that needs it
        name, rounds = there.name, min(len(trips.there), len(trips.back))
        uses_both = used_outside(there, back)
        return Finding(
            title=(
                f"`{name}` goes from {trips.source} to {trips.target} and back {rounds:,} times in "
                "the loop."
            ),
            explanation=_explanation(trips, name, uses_both),
            evidence=[
                f"Lines {first} and {second} moved it in {rounds:,} rounds.",
                f"All moves but one there and one back took {format_seconds(spent)} of "
                f"{format_seconds(record.duration_s)}.",
            ],
            prediction=(
                None if uses_both or may_be_used_outside(there, back) else shortened(record, spent)
            ),
            remedy=_take_out(case, trips, there, back),
        )


def _trips(case: Case) -> _Trips | None:
    """The moves of a run, if only one module moves, on two lines that take each other back."""
    record = case.record
    real = [move for move in record.moves if move.moved_bytes and not move.failed]
    if len(real) < 4 or len({(move.what, case.line(move.place) is None) for move in real}) != 1:
        return None
    lines = by_line(record, real)
    if len(lines) != 2 or not is_called_once(record, case.history):
        return None  # each call would still move it
    (first, there), (second, back) = sorted(lines.items())
    way, way_back = _way(there), _way(back)
    if way is None or way_back != way[::-1] or min(len(there), len(back)) < 2:
        return None
    return _Trips(there, back, (first, second), *way)


def _way(moves: list[Move]) -> tuple[str, str] | None:
    """The two devices of all these moves, from and to; ``None`` if they are not always the same."""
    ways = {(_device(move.source), _device(move.target)) for move in moves}
    source, target = ways.pop()
    return None if ways or source == target else (source, target)


def _device(places: dict[str, int]) -> str:
    """The only device of a module; empty for several."""
    devices = {key.split()[0] for key in places}
    return devices.pop() if len(devices) == 1 else ""


def _has_room(record: CellRecord, trips: _Trips) -> bool:
    """Whether the devices can hold the module beside all else: otherwise it has to make room."""
    for device in (trips.source, trips.target):
        entry = memory_entry(record, device)
        if device != "cpu" and entry is not None and entry.total_bytes:
            used = entry.peak_bytes + (entry.other_processes_bytes or 0)
            if used + trips.there[0].moved_bytes > _ROOM * entry.total_bytes:
                return False
    return True


def _explanation(trips: _Trips, name: str, uses_both: bool) -> str:
    moved = sum(move.moved_bytes for move in (*trips.there, *trips.back))
    copied = f"The moves copied {format_bytes(moved)} in all."
    if uses_both:
        return (
            f"{copied} The loop uses `{name}` on both devices. Where all of that can run on "
            "one of them, no move is needed in the loop."
        )
    return (
        f"{copied} `{name}` can stay on {trips.target} while the loop runs: one move above "
        "it and one below are enough."
    )


def _take_out(case: Case, trips: _Trips, there: LoopMove, back: LoopMove) -> Callable[[], Remedy]:
    """The first move above the loop, the other below it."""
    record, name, refusal = case.record, there.name, None
    if not may_leave(there) or not may_leave(back):
        refusal = "The loop binds what the moves need, so they cannot stand outside it."
    elif any(isinstance(node, _LEAVES) for node in ast.walk(there.loop)):
        refusal = "The loop may be left before its end, where the module would stay behind."
    elif used_outside(there, back) or may_be_used_outside(there, back):
        uses = "uses" if used_outside(there, back) else "may use"
        refusal = (
            f"The loop {uses} `{name}` outside the two moves, where it would be on another device "
            "than now."
        )
    if refusal is not None:
        return case.by_hand(refusal, lines=trips.lines)
    return case.edit(
        lambda: fixes.hoist.embrace(
            record.source,
            there.call.place,
            back.call.place,
            there.code.place(there.loop),
            name,
            cell_id=record.cell_id,
        ),
        lines=trips.lines,
    )


def used_outside(there: LoopMove, back: LoopMove) -> bool:
    """Whether the loop mentions the module above the first move or below the second."""
    return any(dotted(node) == there.name for node, _parent in _outside(there, back))


def may_be_used_outside(there: LoopMove, back: LoopMove) -> bool:
    """Whether something there gets the object that has the module, or calls a method of it."""
    owner, dot, _name = there.name.partition(".")
    return bool(dot) and any(
        dotted(node).partition(".")[0] == owner
        and (
            isinstance(parent, ast.Call)
            or (isinstance(node, ast.Name) and not isinstance(parent, ast.Attribute))
        )
        for node, parent in _outside(there, back)
    )


def _outside(there: LoopMove, back: LoopMove) -> Iterator[tuple[ast.expr, ast.AST]]:
    """Names and attributes of the loop above the first move or below the second, with parents."""
    inside = range(there.call.line, back.call.place.end_line + 1)
    for parent in ast.walk(there.loop):
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, (ast.Name, ast.Attribute)) and node.lineno not in inside:
                yield node, parent

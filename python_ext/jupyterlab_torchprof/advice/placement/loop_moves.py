"""Moves of modules within a loop, as the record counted them and as the text says them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ...record import CellRecord, Move
from ..text.code import Call, Code, read

_METHODS = ("to", "cuda", "cpu")


@dataclass(frozen=True, slots=True)
class LoopMove:
    """A call that moves a module by its variable, in a loop at top level of the cell."""

    code: Code
    call: Call
    loop: ast.For | ast.AsyncFor | ast.While


def variable_of(move: Move) -> str:
    """``model`` of ``model (ResNet)``; empty where the variable is not known."""
    name = move.what.partition(" (")[0]
    return name if name != move.what else ""


def by_line(moves: Sequence[Move], name: str) -> dict[int, list[Move]]:
    """The moves of a variable's module by line of the cell."""
    lines: dict[int, list[Move]] = {}
    for move in moves:
        if move.line is not None and variable_of(move) == name:
            lines.setdefault(move.line, []).append(move)
    return lines


def names_of_moves(record: CellRecord) -> list[str]:
    """Variables whose modules moved, in order."""
    return [name for name in dict.fromkeys(map(variable_of, record.moves)) if name.isidentifier()]


def loop_move(record: CellRecord, name: str, line: int) -> LoopMove | None:
    """The call on a line that moves ``name``, if a loop of the cell itself repeats it."""
    code = read(record.source)
    if code is None:
        return None
    for call in code.calls:
        if call.method not in _METHODS or call.receiver != name:
            continue
        if not call.place.line <= line <= call.place.end_line or call.function is not None:
            continue
        loop = call.loops[0] if call.loops else None
        if isinstance(loop, (ast.For, ast.AsyncFor, ast.While)):
            return LoopMove(code, call, loop)
    return None


def may_leave(move: LoopMove, name: str) -> bool:
    """Whether the loop binds neither the variable anew nor what the call's arguments read."""
    reads = {
        node.id
        for value in (*move.call.node.args, *(word.value for word in move.call.node.keywords))
        for node in ast.walk(value)
        if isinstance(node, ast.Name)
    }
    bound = {
        node.id
        for node in ast.walk(move.loop)
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del))
    }
    if _rebinds(move, name):
        bound.remove(name)
    return not bound & (reads | {name})


def _rebinds(move: LoopMove, name: str) -> bool:
    """Whether the statement is ``name = name.to(…)`` and the loop's only binding of the name."""
    statement = move.call.statement
    if not isinstance(statement, ast.Assign) or statement.value is not move.call.node:
        return False
    stores = [
        node
        for node in ast.walk(move.loop)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
    ]
    return len(stores) == 1 and stores[0] in statement.targets


def is_conditional(move: LoopMove) -> bool:
    """Whether a round of the loop may leave the call out."""
    inside = move.call.parents[move.call.parents.index(move.loop) + 1 :]
    return any(isinstance(parent, (ast.If, ast.IfExp, ast.BoolOp, ast.Try)) for parent in inside)


def has_real_moves_after(record: CellRecord, first: Move) -> bool:
    """Whether anything moved after one of the record's moves."""
    at = next(index for index, move in enumerate(record.moves) if move is first)
    return any(not move.no_op for move in record.moves[at + 1 :])

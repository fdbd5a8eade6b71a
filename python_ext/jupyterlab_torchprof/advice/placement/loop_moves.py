"""Moves of modules within a loop, as the record counted them and as the text says them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ...derive import line_of
from ...record import CellRecord, Move
from ..evidence.functions.reached import happened_here
from ..text.code import Call, Code, dotted, read

_METHODS = ("to", "cuda", "cpu")


@dataclass(frozen=True, slots=True)
class LoopMove:
    """A call that moves a module, in a loop at top level of the cell."""

    code: Code
    call: Call
    loop: ast.For | ast.AsyncFor | ast.While

    @property
    def name(self) -> str:
        """The module, as the text has it: ``model``, ``self.model``."""
        return self.call.receiver


def variable_of(move: Move) -> str:
    """``model`` of ``model (ResNet)``; empty where the variable is not known."""
    name = move.what.partition(" (")[0]
    return name if name != move.what else ""


def by_line(record: CellRecord, moves: Sequence[Move]) -> dict[int, list[Move]]:
    """The moves by line of the cell; those of the same module only."""
    lines: dict[int, list[Move]] = {}
    for move in moves:
        line = line_of(record, move.place)
        if line is not None:
            lines.setdefault(line, []).append(move)
    return {line: found for line, found in lines.items() if len({one.what for one in found}) == 1}


def moved_in_loop(record: CellRecord, moves: Sequence[Move], line: int) -> LoopMove | None:
    """The call on a line that made all these moves, in a loop of the record's own code.

    A module that no variable has at the end is the same in each round only if the loop leaves
    alone what the call names.
    """
    variable = variable_of(moves[0])
    if not all(happened_here(record, move.place) for move in moves):
        return None
    found = loop_move(record, variable, line)
    return found if found is not None and (variable or may_leave(found)) else None


def loop_move(record: CellRecord, variable: str, line: int) -> LoopMove | None:
    """The only call on a line that moves something, or the only one that moves ``variable``."""
    code = read(record.source)
    if code is None:
        return None
    calls = [
        call
        for call in code.calls
        if call.method in _METHODS
        and call.receiver
        and "?" not in call.receiver
        and call.function is None
        and call.place.line <= line <= call.place.end_line
    ]
    calls = [call for call in calls if call.receiver == variable] or calls
    loop = calls[0].loops[0] if len(calls) == 1 and calls[0].loops else None
    if isinstance(loop, (ast.For, ast.AsyncFor, ast.While)):
        return LoopMove(code, calls[0], loop)
    return None


def may_leave(move: LoopMove) -> bool:
    """Whether the loop binds neither the module anew nor what the call's arguments read."""
    arguments = (*move.call.node.args, *(word.value for word in move.call.node.keywords))
    reads = {path for value in arguments for path in _paths(value, ast.Load)} | {move.name}
    bound = _paths(move.loop, ast.Store, ast.Del)
    if _rebinds(move):
        bound.remove(move.name)
    return not any(path == one or path.startswith(f"{one}.") for path in reads for one in bound)


def _paths(node: ast.AST, *contexts: type[ast.expr_context]) -> set[str]:
    """Names and attributes that are read or bound below a node: ``self.device``."""
    return {
        dotted(each)
        for each in ast.walk(node)
        if isinstance(each, (ast.Name, ast.Attribute)) and isinstance(each.ctx, contexts)
    }


def _rebinds(move: LoopMove) -> bool:
    """Whether the statement is ``name = name.to(…)`` and the loop's only binding of the name."""
    statement = move.call.statement
    if not isinstance(statement, ast.Assign) or statement.value is not move.call.node:
        return False
    stores = [
        node
        for node in ast.walk(move.loop)
        if isinstance(node, (ast.Name, ast.Attribute))
        and isinstance(node.ctx, ast.Store)
        and dotted(node) == move.name
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

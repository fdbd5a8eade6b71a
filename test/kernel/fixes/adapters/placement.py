"""Fixes of where models and tensors are, on cells of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from jupyterlab_torchprof.advice.placement.creating import ROUNDED, SAME
from jupyterlab_torchprof.advice.placement.loop_moves import (
    LoopMove,
    is_conditional,
    loop_move,
    may_leave,
)
from jupyterlab_torchprof.advice.placement.ping_pong import may_be_used_outside, used_outside
from jupyterlab_torchprof.advice.text.batches import Unclear, batches_of
from jupyterlab_torchprof.advice.text.code import dotted, read, resolve
from jupyterlab_torchprof.advice.text.makers import made_at
from jupyterlab_torchprof.advice.text.spots import spots
from jupyterlab_torchprof.fixes.create import create_on
from jupyterlab_torchprof.fixes.hoist import embrace, hoist
from jupyterlab_torchprof.fixes.portable import make_portable
from jupyterlab_torchprof.fixes.rewrite import CannotFix
from jupyterlab_torchprof.fixes.to_device import Maker, NewBatch, move_model
from jupyterlab_torchprof.record import TextEdit

from adapters.training import program_of

_NOTHING = "There is nothing to change."
_LOADERS = ("loader", "train_loader")
_TENSORS = ("x", "y", "scale")


def _hardcoded(source: str) -> Sequence[TextEdit]:
    found = spots(source)
    if not found:
        raise CannotFix(_NOTHING)
    return make_portable(source, found, cell_id=None).edits


def _create(source: str) -> Sequence[TextEdit]:
    program = program_of(source)
    for site in program.methods("to", "cuda"):
        made = getattr(site.call.node.func, "value", None)
        factory = resolve(dotted(getattr(made, "func", made)), program.imports)
        if factory in SAME | ROUNDED:
            return create_on(source, site.call.place, cell_id=None).edits
    raise CannotFix(_NOTHING)


def _moves(source: str) -> Iterator[LoopMove]:
    record = program_of(source).record
    code = read(source)
    for call in code.calls if code is not None else ():
        found = loop_move(record, call.receiver, call.line)
        if found is not None and found.call is call:
            yield found


def _redundant(source: str) -> Sequence[TextEdit]:
    for move in _moves(source):
        if not may_leave(move):
            raise CannotFix("The loop binds what the call needs.")
        if is_conditional(move):
            raise CannotFix("The call depends on a condition.")
        loop = move.code.place(move.loop)
        return hoist(source, move.call.place, loop, move.name, cell_id=None).edits
    raise CannotFix(_NOTHING)


def _ping_pong(source: str) -> Sequence[TextEdit]:
    found = list(_moves(source))
    if len(found) != 2:
        raise CannotFix(_NOTHING)
    there, back = found
    if there.name != back.name or there.loop is not back.loop:
        raise CannotFix(_NOTHING)
    if used_outside(there, back) or may_be_used_outside(there, back):
        raise CannotFix("The loop uses it on both devices.")
    loop, places = there.code.place(there.loop), (there.call.place, back.call.place)
    return embrace(source, *places, loop, there.name, cell_id=None).edits


def _on_cpu(source: str) -> Sequence[TextEdit]:
    program = program_of(source)
    maker = made_at(program, "model")
    if maker is None:
        raise CannotFix(_NOTHING)
    cell, place = maker
    try:
        batches = batches_of(cell, "model", _LOADERS, _TENSORS, _TENSORS)
    except Unclear as unclear:
        raise CannotFix(str(unclear)) from None
    if not batches:
        raise CannotFix(_NOTHING)
    moved = [NewBatch(each.source, None, each.place, each.names) for each in batches]
    return move_model(Maker(source, None, place), "model", moved).edits


ADAPTERS: dict[str, Callable[[str], Sequence[TextEdit]]] = {
    "create-on-device": _create,
    "hardcoded-cuda": _hardcoded,
    "model-on-cpu-gpu-idle": _on_cpu,
    "model-ping-pong": _ping_pong,
    "redundant-move": _redundant,
}

"""Gather the gradients of several batches for one step of the optimizer."""

from __future__ import annotations

import ast
from typing import Protocol

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite, combine

__all__ = ["CannotFix", "accumulate"]

_COUNTER = "batch_number"


class _Call(Protocol):
    @property
    def place(self) -> Place: ...


class TrainingLoop(Protocol):
    """Where the calls of a training loop stand; see `advice.text.loops.Loop`."""

    @property
    def node(self) -> ast.For: ...
    @property
    def zero(self) -> _Call: ...
    @property
    def backward(self) -> _Call: ...
    @property
    def step(self) -> _Call: ...
    @property
    def iterable(self) -> str: ...


def accumulate(
    source: str,
    loop: TrainingLoop,
    parts: int,
    *,
    batch: tuple[str, Place] | None,
    cell_ids: tuple[str | None, str | None],
) -> Fix:
    """Divide the loss by ``parts``, and step every so many batches and after the last one.

    ``batch``: the text of the cell, and the place there, of the call whose ``batch_size`` is to be
    divided. ``cell_ids``: of the loop's cell and of that one. Raises CannotFix.
    """
    rewrite = Rewrite(source, cell_ids[0])
    step, zero = rewrite.call(loop.step.place), rewrite.call(loop.zero.place)
    backward = rewrite.call(loop.backward.place)
    statement = _statement_of(rewrite, step)
    around = rewrite.parent(rewrite.parent(statement))
    if not isinstance(around, cst.For):
        raise CannotFix("The loop does not stand on lines of its own.")
    number = _count(rewrite, around)
    step_text, zero_text = rewrite.code(step), rewrite.code(zero)
    _divide(rewrite, backward, parts)
    unit = _unit(rewrite, around)
    line = rewrite.cell.lines(statement)[0]
    indent, newline = rewrite.cell.text.indent(line), rewrite.cell.text.newline(line)
    condition = f"if {number} % {parts} == 0 or {number} == len({loop.iterable}):"
    inner = f"{newline}{indent}{unit}"
    rewrite.replace(step, f"{condition}{inner}{step_text}{inner}{zero_text}")
    rewrite.delete_statement(_statement_of(rewrite, zero).body[0])
    rewrite.add_line_above(around, zero_text)
    rewrites = [rewrite]
    if batch is not None:
        same = batch[0] == source and cell_ids[0] == cell_ids[1]
        loader = rewrite if same else Rewrite(batch[0], cell_ids[1])
        _shrink(loader, batch[1], parts)
        rewrites += [] if same else [loader]
    return combine(f"Step every {parts} batches, each a part of one", rewrites)


def _statement_of(rewrite: Rewrite, call: cst.Call) -> cst.SimpleStatementLine:
    statement = rewrite.statement(call)
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        line = rewrite.cell.lines(statement)[0]
        raise CannotFix(f"Line {line} holds several statements.")
    return statement


def _count(rewrite: Rewrite, loop: cst.For) -> str:
    """An expression that counts batches from one; the loop gets a counter if it has none."""
    over = loop.iter
    if isinstance(over, cst.Call):
        target = loop.target
        assert isinstance(target, cst.Tuple)
        return f"({rewrite.code(target.elements[0].value)} + 1)"
    if _COUNTER in rewrite.source:
        raise CannotFix(f"The name {_COUNTER} is taken.")
    target_text = rewrite.code(loop.target)
    if isinstance(loop.target, cst.Tuple) and not loop.target.lpar:
        target_text = f"({target_text})"
    rewrite.replace(loop.target, f"{_COUNTER}, {target_text}")
    rewrite.replace(over, f"enumerate({rewrite.code(over)}, 1)")
    return _COUNTER


def _divide(rewrite: Rewrite, call: cst.Call, parts: int) -> None:
    loss = call.func.value if isinstance(call.func, cst.Attribute) else None
    if not isinstance(loss, (cst.Name, cst.Attribute)):
        raise CannotFix("The backward is not that of a variable.")
    rewrite.replace(loss, f"({rewrite.code(loss)} / {parts})")


def _unit(rewrite: Rewrite, loop: cst.For) -> str:
    body = loop.body
    if not isinstance(body, cst.IndentedBlock):
        raise CannotFix("The loop does not stand on lines of its own.")
    return body.indent or rewrite.cell.module.default_indent


def _shrink(rewrite: Rewrite, place: Place, parts: int) -> None:
    for argument in rewrite.call(place).args:
        if argument.keyword is not None and argument.keyword.value == "batch_size":
            text = rewrite.code(argument.value)
            smaller = str(int(text) // parts) if text.isdecimal() else f"{text} // {parts}"
            rewrite.replace(argument.value, smaller)
            return
    raise CannotFix(f"Line {place.line} does not say the batch size.")

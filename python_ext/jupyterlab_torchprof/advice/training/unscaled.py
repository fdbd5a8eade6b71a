"""Losses that add up over several batches."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator

from ... import fixes
from ...words import count_of
from ..grammar import Case, Finding, Rule
from ..text.code import Call, dotted
from ..text.program import Program, Site
from ..text.sites import sites_of_run
from .order import steps_of_run

_SCALINGS = frozenset({"div", "divide", "mul", "multiply", "true_divide"})
_SCALE_FREE = frozenset({"Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam"})
"""They divide gradients by the gradients' own size."""


class AccumulationUnscaled(Rule):
    """Gradients of k batches are added up for one step, but each loss is a mean of its own batch:
    the step is k times as long as that of one large batch.

    Evidence: At least twice as many backwards as optimizer steps, and a loop whose step stands
    under `if ... % k` and whose loss is not divided.

    Fix: Writes `(loss / k).backward()`.

    Silent: Losses that are divided, multiplied or summed; backwards of a library, as
    `accelerator.backward(loss)`; optimizers of Adam's family, to which a constant factor makes no
    difference.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation

    Notes: A division by k in any cell counts, since a function may divide the loss; the backward
    of a library may divide it, too. Nothing is predicted: what changes is what is learned.
    """

    id = "accumulation-unscaled"
    severity = "medium"

    def find(self, case: Case) -> Finding | None:
        """The only backward of a run that gathers gradients, of a loss that nothing scales."""
        backwards, steps = case.grad.backwards, case.grad.optimizer_steps
        trained = [entry for entry in case.record.optimizers if entry.steps]
        stepped = [entry.class_name for entry in trained if entry.count == 1]
        if len(trained) != 1 or len(stepped) != 1 or not backwards or backwards < 2 * steps:
            return None
        if stepped[0] in _SCALE_FREE or stepped[0] == "LBFGS":  # which asks for several backwards
            return None
        program = case.program
        sites = sites_of_run(program, program.methods("backward"))
        if len(sites) != 1 or sites[0].call.node.args:
            return None
        cell, call = sites[0].record, sites[0].call
        k = interval(call, steps_of_run(program)[1])
        if k is None or is_scaled(sites[0]) or _divides_by(k, program) or _sums(program):
            return None
        return Finding(
            title=f"Losses of {k} batches add up without being divided.",
            explanation=(
                f"Each loss is a mean over its own batch, so that {k} of them make a gradient that "
                "many times as large as that of one large batch, as if the learning rate were. "
                f"Divided by {k} before the backward they make the same."
            ),
            evidence=[
                f"{count_of(backwards, 'backward')} went with {count_of(steps, 'optimizer step')}.",
                f"Line {call.line} calls the backward of a loss that nothing divides.",
            ],
            remedy=case.edit(
                lambda: fixes.training_loop.scale_loss(
                    cell.source, call.place, k, cell_id=cell.cell_id
                ),
                sites[0],
            ),
        )


def interval(backward: Call, steps: Iterable[Site]) -> str | None:
    """The ``k`` of the ``if … % k`` under which the loop of a backward steps.

    ``steps``: calls of optimizers, not of schedulers.
    """
    loops = [each for each in backward.loops if isinstance(each, ast.For)]
    stepping = {parent for step in steps for parent in step.call.parents}
    for node in ast.walk(loops[-1]) if loops else ():
        if not isinstance(node, ast.If) or stepping.isdisjoint(node.body):
            continue
        operations = [each for each in ast.walk(node.test) if isinstance(each, ast.BinOp)]
        for right in (each.right for each in operations if isinstance(each.op, ast.Mod)):
            if isinstance(right, (ast.Name, ast.Attribute, ast.Constant)):
                return ast.unparse(right)
    return None


def is_scaled(site: Site) -> bool:
    """Whether anything is divided or multiplied on the way to the backward's loss."""
    function, inside = site.call.node.func, list(ast.walk(site.call.loops[-1]))
    if not isinstance(function, ast.Attribute) or "?" in dotted(function):
        return True
    losses = {dotted(function.value)}
    for node in inside:
        if isinstance(node, ast.Assign) and not losses.isdisjoint(map(ast.unparse, node.targets)):
            losses.add(_reduced(node.value))
    return any(_scales(node, losses) for node in inside)


def _reduced(value: ast.expr) -> str:
    """``losses`` of ``losses.mean()``."""
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        value = value.func.value
    return ast.unparse(value)


def _scales(node: ast.AST, losses: Collection[str]) -> bool:
    """``loss.div_(k)``, ``torch.div(loss, k)``, ``loss /= k``, ``loss = … / k``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        scaled = map(ast.unparse, (node.func.value, *node.args[:1]))
        return node.func.attr.rstrip("_") in _SCALINGS and any(each in losses for each in scaled)
    if isinstance(node, ast.AugAssign):
        return ast.unparse(node.target) in losses
    if isinstance(node, ast.Assign) and any(map(losses.__contains__, _bound(node))):
        operators = [each.op for each in ast.walk(node.value) if isinstance(each, ast.BinOp)]
        return any(isinstance(each, (ast.Div, ast.Mult)) for each in operators)
    return False


def _bound(statement: ast.Assign) -> Iterator[str]:
    """The targets, also within tuples, as text."""
    for target in statement.targets:
        parts = target.elts if isinstance(target, (ast.List, ast.Tuple)) else [target]
        yield from map(ast.unparse, parts)


def _divides_by(divisor: str, program: Program) -> bool:
    """Whether anything is divided by ``k`` in any cell: a function may do it to the loss."""
    division = re.compile(rf"/=?\s*{re.escape(divisor)}\b")
    return any(division.search(cell.source) for cell in program.cells)


def _sums(program: Program) -> bool:
    """Whether a loss of any cell may be a sum over its batch."""
    return any("reduction=" in cell.source and "sum" in cell.source for cell in program.cells)

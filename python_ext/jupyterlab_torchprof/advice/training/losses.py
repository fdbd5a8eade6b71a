"""Losses that get what they do not expect."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ... import fixes
from ..grammar import Case, Finding, Rule
from ..text.code import Call, Code, read, resolve
from ..text.program import Program, Site
from ..text.sites import sites_of_run
from .softmaxes import is_softmax, the_softmax

_LOSS = "torch.nn.CrossEntropyLoss"
_FUNCTION = "torch.nn.functional.cross_entropy"
_BY_HAND = (
    "The softmax stands where the model or its output is made: take it away there, and apply it "
    "only where you need probabilities."
)


class SoftmaxIntoCrossEntropy(Rule):
    """Cross-entropy computes the softmax itself. On probabilities it squeezes gradients, so that
    training is slow and stays far from the optimum.

    Evidence: The graph of a backward has a log-softmax, or the logarithm of a softmax, whose input
    is the output of a softmax.

    Fix: Passes the logits where the softmax is the loss's argument; otherwise names the line that
    computes it, such as the return of a `forward`, where only one can be meant.

    Silent: Losses on log-probabilities (`NLLLoss`), and softmax of attention.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html

    Notes: Nothing is predicted: what changes is what is learned. A softmax that is not the loss's
    argument stands in the model, whose output somebody may want as probabilities.
    """

    id = "softmax-into-ce"
    severity = "high"

    def find(self, case: Case) -> Finding | None:
        """A backward whose graph has a log-softmax right behind a softmax."""
        line = case.line(case.grad.double_softmax_place)
        if line is None:
            return None
        program = case.program
        losses = sites_of_run(program, softmax_losses(program))
        where = None if losses else the_softmax(case)
        remedy = case.edit_the_one(
            losses,
            lambda site: fixes.training_loop.unfold_softmax(
                site.record.source,
                site.call.place,
                cell_id=site.record.cell_id,
                modules=tuple(program.imports),
            ),
            _BY_HAND,
            lines=[line],
        )
        if where is not None:
            remedy = case.by_hand(_BY_HAND, lines=[where[1]], code=where[0])
        return Finding(
            title="The cross-entropy gets the output of a softmax instead of logits.",
            explanation=(
                "Cross-entropy computes the softmax itself. Given probabilities, all between 0 "
                "and 1, it can tell classes apart only a little: gradients are small and the loss "
                "stays far from zero. Give it the outputs of the last linear layer."
            ),
            evidence=[
                f"The loss of the backward on line {line} applies a log-softmax to the output of "
                "a softmax.",
                *(["The softmax is the only one that the cells give to it."] if where else []),
            ],
            remedy=remedy,
        )


def softmax_losses(program: Program) -> Iterator[Site]:
    """Cross-entropies whose first argument is a softmax."""
    criteria = _criteria(program)
    for cell in program.cells:
        code = read(cell.source) if "softmax" in cell.source.lower() else None
        for call in _losses(code, program, criteria) if code is not None else ():
            yield Site(cell, call)


def _losses(code: Code, program: Program, criteria: set[str]) -> Iterator[Call]:
    for call in code.calls:
        first = call.node.args[0] if call.node.args else None
        if not isinstance(first, ast.Call) or not is_softmax(first, program):
            continue
        name = resolve(call.name, program.imports)
        made = isinstance(call.node.func, ast.Call) and _is_loss(call.node.func, program)
        if name == _FUNCTION or call.name in criteria or made:
            yield call


def _criteria(program: Program) -> set[str]:
    """Variables that hold a cross-entropy."""
    names: set[str] = set()
    for site in program.calls(_LOSS):
        statement = site.call.statement
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                names.update(_bound_to(site.call.node, target, statement.value))
    return names


def _bound_to(value: ast.expr, target: ast.expr, assigned: ast.expr) -> Iterator[str]:
    """Targets that an assignment binds to a value: ``b`` of ``a, b = x, value``."""
    if assigned is value:
        yield ast.unparse(target)
    elif isinstance(target, ast.Tuple) and isinstance(assigned, ast.Tuple):
        for one, other in zip(target.elts, assigned.elts, strict=False):
            yield from _bound_to(value, one, other)


def _is_loss(node: ast.Call, program: Program) -> bool:
    return resolve(ast.unparse(node.func), program.imports) == _LOSS

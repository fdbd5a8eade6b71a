"""Gradients that nobody clears between steps."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from ... import fixes
from ...record import Optimizer
from ...words import count_of
from ..evidence.optimizers import called
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import read
from ..text.program import Program, Site
from ..text.sites import sites_of_run
from .order import steps_of_run

_LEAST_KEPT = 3


class MissingZeroGrad(Rule):
    """Nothing clears the gradients between steps, so that each step goes along the sum of all
    gradients so far.

    Evidence: An optimizer took at least three steps with the gradient tensors of the step before,
    and no `zero_grad` was called between.

    Fix: Puts `optimizer.zero_grad()` above the backward.

    Silent: LBFGS; code that mentions `.grad`; several backwards a step; several optimizers;
    training by a library, which may clear gradients in its own way.

    Sources:
        https://docs.pytorch.org/docs/stable/optim.html#taking-an-optimization-step

    Notes: The closure of LBFGS clears them; several backwards a step are accumulation on purpose;
    another optimizer may share the parameters; and a library trains where no text calls a
    backward. Nothing is predicted: what changes is what is learned.
    """

    id = "missing-zero-grad"
    severity = "high"

    def find(self, case: Case) -> Finding | None:
        """The only optimizer that stepped, again and again with the gradients of before."""
        grad, stepped = case.grad, [entry for entry in case.record.optimizers if entry.steps]
        if len(stepped) != 1 or stepped[0].count > 1 or grad.zero_grads:
            return None
        entry = stepped[0]
        if entry.kept_gradients < _LEAST_KEPT or entry.class_name == "LBFGS":
            return None
        if not entry.steps <= grad.backwards <= entry.steps + 1:
            return None
        program = case.program
        backwards = list(program.methods("backward"))
        if not backwards or any(gradients_in(program)):
            return None
        sites = sites_of_run(program, backwards)
        site = sites[0] if len(sites) == 1 else None
        name = _name_beside(program, site, entry) if site is not None else None
        clear = f"{name or entry.variable or 'optimizer'}.zero_grad()"
        return Finding(
            title=f"Nothing clears the gradients of {called(entry)} between steps.",
            explanation=(
                "A backward adds to the gradients that are there, so that each step goes along "
                f"the sum of all gradients so far. `{clear}` before the backward clears them."
            ),
            evidence=[
                f"{called(entry, start=True)} took {count_of(entry.steps, 'step')} and no "
                "`zero_grad` was called.",
                f"{count_of(entry.kept_gradients, 'step')} found the gradient tensors of the step "
                "before.",
            ],
            remedy=_clear_above(case, site, name, entry),
        )


def _clear_above(
    case: Case, backward: Site | None, name: str | None, entry: Optimizer
) -> Callable[[], Remedy]:
    if backward is None or name is None:
        return case.by_hand(
            "The text does not tell which backward the step belongs to.",
            lines=[case.line(entry.place)],
        )
    cell, place = backward.record, backward.call.place
    return case.edit(
        lambda: fixes.training_loop.zero_before(cell.source, place, name, cell_id=cell.cell_id),
        backward,
    )


def gradients_in(program: Program) -> Iterator[tuple[ast.Attribute, ast.AST]]:
    """Each ``.grad`` of a tensor in the session's cells, and what it is a part of."""
    for cell in program.cells:
        code = read(cell.source) if ".grad" in cell.source else None
        for parent in ast.walk(code.tree) if code is not None else ():
            for node in ast.iter_child_nodes(parent):
                is_called = isinstance(parent, ast.Call) and parent.func is node
                if isinstance(node, ast.Attribute) and node.attr == "grad" and not is_called:
                    yield node, parent


def _name_beside(program: Program, backward: Site, entry: Optimizer) -> str | None:
    """The name on which the function of the backward calls ``step`` without arguments."""
    schedulers, _others = steps_of_run(program)
    not_these = {site.call.receiver for site in schedulers}
    steps = [
        site.call.receiver
        for site in program.methods("step")
        if site.record is backward.record
        and site.call.receiver not in not_these
        and site.call.function == backward.call.function
        and site.call.is_statement
        and not site.call.node.args
        and "?" not in site.call.receiver
    ]
    if entry.variable in steps:
        return entry.variable
    return steps[0] if len(set(steps)) == 1 else None

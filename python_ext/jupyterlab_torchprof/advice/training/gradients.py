"""How gradients are cleared between steps."""

from __future__ import annotations

import re
from collections.abc import Callable

from ... import fixes
from ...record import Fix, Optimizer
from ...units import format_bytes
from ...words import count_of
from ..evidence.memory import is_worth_saying, memory_entry
from ..evidence.optimizers import called
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import Call, Program, Site
from ..text.sites import is_statement, mentions, sites_of_run
from .order import steps_of_run

_READS_GRADIENT = re.compile(r"\.grad\b(?!\.zero_\(|\s+is\b|\s*:|\s*=\s*None)")
_ANY_GRADIENT = (".grad ", ".grad)", ".grad.", ".grad,", ".grad=", ".grad\n")
_LEAST_KEPT = 3


class ZeroGradSetToNone(Rule):
    """Gradients are filled with zeros between steps, so that they stay allocated during the
    forward, and each is written and then added to.

    Evidence: Calls of `zero_grad(set_to_none=False)`, or `p.grad.zero_()` in a cell that trained,
    and modules whose gradients take at least 1 MB or 1 % of the device.

    Fix: Drops the argument, or writes `p.grad = None`. Parameters that get no gradient in a step
    are then left alone by the optimizer.

    Silent: When any cell reads `.grad`; small gradients.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html

    Notes: Since PyTorch 2.0 gradients are freed unless told otherwise, so an absent argument is no
    evidence. Nothing is predicted: after the last backward the gradients are there again.

    A cell that reads gradients may count on the zeros. The fix is never safe: of parameters that
    get no gradient, zeros let momentum and weight decay go on.
    """

    id = "zero-grad-set-to-none"
    severity = "low"

    def find(self, case: Case) -> Finding | None:
        """Gradients of some size that the run filled with zeros."""
        kept = case.grad.zero_grads_kept
        if not case.grad.backwards or not (kept or ".grad.zero_()" in case.record.source):
            return None
        modules = [module for module in case.placement.modules if module.gradient_bytes]
        size = sum(module.gradient_bytes for module in modules)
        device = next(iter(modules[0].devices), "cpu") if modules else "cpu"
        if not is_worth_saying(size, memory_entry(case.record, device)):
            return None
        sites = _zeroing(case.program, by_hand=not kept)
        if not sites:
            return None
        how = (
            f"`zero_grad` kept the gradients allocated in {count_of(kept, 'call')}."
            if kept
            else f"Line {sites[0].call.line} fills the gradients of parameters with zeros."
        )
        return Finding(
            title=f"{format_bytes(size)} of gradients are zeroed instead of freed.",
            explanation=(
                "Zeroed gradients stay allocated while the next forward runs. Set to `None`, which "
                "is the default since PyTorch 2.0, they are freed, and the next backward makes "
                "them anew. Parameters that get no gradient in a step are then left alone by the "
                "optimizer."
            ),
            evidence=[
                how,
                f"The gradients take {format_bytes(size)} on {device} when the cell has ended.",
            ],
            remedy=case.edit(lambda: _freed(sites, by_hand=not kept), *sites),
        )


def _zeroing(program: Program, *, by_hand: bool) -> list[Site]:
    """Where one cell fills gradients with zeros; nowhere if any cell reads them otherwise."""
    if any(_READS_GRADIENT.search(cell.source) for cell in program.cells):
        return []
    if by_hand:
        found = [each for each in program.methods("zero_") if is_gradient(each.call)]
    else:
        found = [each for each in program.methods("zero_grad") if keeps_zeros(each.call)]
    sites = sites_of_run(program, found)
    return [each for each in sites if each.record is sites[0].record]


def _freed(sites: list[Site], *, by_hand: bool) -> Fix:
    cell, places = sites[0].record, [site.call.place for site in sites]
    if by_hand:
        return fixes.training_loop.clear_by_none(cell.source, places, cell_id=cell.cell_id)
    return fixes.training_loop.drop_arguments(
        cell.source, places, "set_to_none", safe=False, cell_id=cell.cell_id
    )


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
        if len(stepped) != 1 or grad.zero_grads:
            return None
        entry = stepped[0]
        if entry.kept_gradients < _LEAST_KEPT or entry.class_name == "LBFGS":
            return None
        if not entry.steps <= grad.backwards <= entry.steps + 1:
            return None
        program = case.program
        backwards = list(program.methods("backward"))
        if not backwards or mentions(program, *_ANY_GRADIENT):
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
            lines=[entry.line] if entry.line else [],
        )
    cell, place = backward.record, backward.call.place
    return case.edit(
        lambda: fixes.training_loop.zero_before(cell.source, place, name, cell_id=cell.cell_id),
        backward,
    )


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
        and is_statement(site)
        and not site.call.node.args
        and "?" not in site.call.receiver
    ]
    if entry.variable in steps:
        return entry.variable
    return steps[0] if len(set(steps)) == 1 else None


def keeps_zeros(call: Call) -> bool:
    """Whether a ``zero_grad`` says that gradients stay: ``False``, by keyword or position."""
    given = call.keywords.get("set_to_none") or (call.node.args[0] if call.node.args else None)
    return getattr(given, "value", None) is False


def is_gradient(call: Call) -> bool:
    """Whether ``zero_`` is called on a gradient: ``p.grad.zero_()``."""
    return call.receiver.endswith(".grad")

"""Gradients that are filled with zeros instead of being freed."""

from __future__ import annotations

import ast

from ... import fixes
from ...record import Fix
from ...units import format_bytes
from ...words import count_of, enumerate_words
from ..evidence.memory import is_worth_saying, memory_entry
from ..grammar import Case, Finding, Rule
from ..text.code import Call
from ..text.program import Program, Site
from ..text.sites import mentions, sites_of_run
from .gradients import gradients_in

_BY_HAND = ".grad.zero_()"


class ZeroGradSetToNone(Rule):
    """Gradients are filled with zeros between steps, so that they stay allocated during the
    forward, and each is written and then added to.

    Evidence: Calls of `zero_grad(set_to_none=False)`, or `p.grad.zero_()` in code that trained, and
    modules whose gradients take at least 1 MB or 1 % of the device.

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
        modules = [module for module in case.placement.modules if module.gradient_bytes]
        if not case.grad.backwards or not modules:
            return None
        size = sum(module.gradient_bytes for module in modules)
        devices = sorted({device for module in modules for device in module.devices})
        memory = memory_entry(case.record, devices[0]) if len(devices) == 1 else None
        if not is_worth_saying(size, memory):
            return None
        sites = _zeroing(case.program, by_hand=not kept)
        if not sites:
            return None
        how = (
            f"`zero_grad` kept the gradients allocated in {count_of(kept, 'call')}."
            if kept
            else f"`{ast.unparse(sites[0].call.node)}` fills gradients of parameters with zeros."
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
                f"The gradients take {format_bytes(size)} on {enumerate_words(devices)} when the "
                "cell has ended.",
            ],
            remedy=case.edit(lambda: _freed(sites, by_hand=not kept), *sites),
        )


def _zeroing(program: Program, *, by_hand: bool) -> list[Site]:
    """Where one cell fills gradients with zeros; nowhere if any cell reads them otherwise."""
    if by_hand and not mentions(program, _BY_HAND):
        return []
    if any(_reads(gradient, parent) for gradient, parent in gradients_in(program)):
        return []
    method, zeroes = ("zero_", is_gradient) if by_hand else ("zero_grad", keeps_zeros)
    sites = sites_of_run(program, [each for each in program.methods(method) if zeroes(each.call)])
    return [each for each in sites if each.record is sites[0].record]


def _reads(gradient: ast.Attribute, parent: ast.AST) -> bool:
    """Whether somebody wants the values: not to clear them, nor to know whether there are any."""
    if isinstance(parent, ast.Attribute):
        return parent.attr not in ("zero_", "detach_")
    if isinstance(parent, ast.Compare):
        return not all(isinstance(each, (ast.Is, ast.IsNot)) for each in parent.ops)
    if isinstance(parent, ast.Assign) and gradient in parent.targets:
        return getattr(parent.value, "value", parent) is not None
    return not isinstance(parent, (ast.If, ast.Delete))


def _freed(sites: list[Site], *, by_hand: bool) -> Fix:
    cell, places = sites[0].record, [site.call.place for site in sites]
    if by_hand:
        return fixes.training_loop.clear_by_none(cell.source, places, cell_id=cell.cell_id)
    return fixes.training_loop.drop_arguments(
        cell.source, places, "set_to_none", safe=False, cell_id=cell.cell_id
    )


def keeps_zeros(call: Call) -> bool:
    """Whether a ``zero_grad`` says that gradients stay: ``False``, by keyword or position."""
    given = call.keywords.get("set_to_none") or (call.node.args[0] if call.node.args else None)
    return getattr(given, "value", None) is False


def is_gradient(call: Call) -> bool:
    """Whether ``zero_`` is called on a gradient: ``p.grad.zero_()``."""
    return call.receiver.endswith(".grad")

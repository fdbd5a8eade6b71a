"""How optimizers were made."""

from __future__ import annotations

from ... import fixes
from ...record import Fix, Optimizer, ParameterGroup
from ...units import format_seconds
from ...words import count_of
from ..evidence.devices import type_of
from ..evidence.optimizers import Made, called
from ..evidence.runs import place_of
from ..grammar import Case, Finding, Rule
from ..text.program import Site, cell_key
from ..text.sites import mentions

_FUSABLE = frozenset({"Adam", "AdamW", "SGD"})
"""On accelerators; Adagrad is left out, which older versions of PyTorch fuse on the CPU only."""
_NOT_HERE = frozenset({"cpu", "meta"})
_SHARE = 0.15
_FLOOR_S = 0.05
_LEAST_STEPS = 10
_MANY = 64
"""Tensors to update: with fewer there is little to fuse."""
_NOT_FOUND = "The text does not tell where this optimizer is made."


class AdamWeightDecay(Rule):
    """`Adam(..., weight_decay=w)` adds an L2 term to the gradient, which Adam then divides by its
    running average: weights with large gradients hardly decay. `AdamW` decays all weights alike.

    Evidence: An optimizer of exactly the class `Adam` stepped with a group whose `weight_decay` is
    above zero and not decoupled.

    Fix: Makes it `AdamW` with the same number, which regularises differently: results change, and
    the weight decay wants tuning again. Speed and memory stay the same.

    Silent: No weight decay; AdamW; `decoupled_weight_decay=True`; other classes of that name;
    further cells with the same optimizer.

    Sources:
        https://arxiv.org/abs/1711.05101
        https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html

    Notes: Published recipes have it, and whoever follows one wants it so: it is never more than a
    remark, and its fix never safe. Where the call gave no decay, the fix writes
    `weight_decay=0.0`, because AdamW's default is 0.01. A dictionary of arguments is left as it is
    where all groups have decay.
    """

    id = "adam-weight-decay"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """An Adam with weight decay, on which no other cell has this advice."""
        adams = (
            Made(entry, case.program)
            for entry in case.record.optimizers
            if _is_stepped_adam(entry) and any(map(_is_l2, entry.groups))
        )
        new = (each for each in adams if each.is_of_torch() and not _is_said(self.id, each, case))
        made = next(new, None)
        if made is None:
            return None
        decays = {group.weight_decay or 0.0 for group in made.optimizer.groups if _is_l2(group)}
        return Finding(
            title=f"{made.name} is Adam with weight decay, which is not the decay of AdamW.",
            explanation=(
                "Adam adds the decay to the gradient and then divides by the gradient's running "
                "average, so that weights with large gradients hardly decay; AdamW takes the same "
                "share of every weight. The same number is a different regulariser there: results "
                "change and the weight decay wants tuning again. Speed and memory stay the same."
            ),
            evidence=[
                f"{made.name} took {count_of(made.optimizer.steps, 'step')} with weight decay "
                f"{', '.join(f'{decay:g}' for decay in sorted(decays))}, not decoupled."
            ],
            remedy=case.edit_at(
                made.site(), lambda site: _adamw(case, made, site), not_found=_NOT_FOUND
            ),
        )


class FusedOptimizer(Rule):
    """The steps of an optimizer take a noticeable share of the cell's time. A fused kernel updates
    many parameters at once.

    Evidence: At least 64 tensors of parameters, and measured steps of more than 15 % of the run on
    an accelerator, neither `fused` nor `foreach` given.

    Fix: Passes `fused=True`; run the cell again to see what it gains.

    Silent: On the CPU; where `fused` or `foreach` was given; for other than floating-point
    parameters; for few tensors; steps of less than 15 % of the run or 50 ms.

    Sources:
        https://docs.pytorch.org/docs/stable/optim.html#algorithms

    Notes: Nothing is predicted: what a fused kernel gains depends on the sizes of the parameters.
    Rounding may differ.
    """

    id = "fused-optimizer"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """An optimizer whose steps took long and could be fused."""
        run_s = case.record.duration_s
        slow = (
            Made(entry, case.program)
            for entry in case.record.optimizers
            if _is_fusable(entry) and _time_of_steps(entry) >= max(_FLOOR_S, _SHARE * run_s)
        )
        made = next((each for each in slow if each.is_of_torch()), None)
        if made is None:
            return None
        entry = made.optimizer
        share, mean = _time_of_steps(entry) / run_s, entry.timed_s / entry.timed_steps
        return Finding(
            title=f"The steps of {called(entry)} took {share:.0%} of the cell's time.",
            explanation=(
                "With `fused=True` one kernel updates many parameters, where now several kernels "
                "are started one after the other. Run the cell again to see what it gains here; "
                "rounding may differ."
            ),
            evidence=[
                f"{count_of(entry.timed_steps, 'step')} of {entry.steps:,} took "
                f"{format_seconds(mean)} each, in a run of {format_seconds(run_s)}.",
                f"It updates {count_of(_tensors(entry), 'tensor')} on {', '.join(entry.devices)}.",
            ],
            remedy=case.edit_at(made.site(), _fused, not_found=_NOT_FOUND),
        )


def _adamw(case: Case, made: Made, site: Site) -> Fix:
    program = case.program
    return fixes.optimizer.adam_to_adamw(
        site.record.source,
        site.call.place,
        imports=program.imports,
        torch_name=case.placement.torch_name,
        cell_id=site.record.cell_id,
        has_decay=all(map(_is_l2, made.optimizer.groups))
        and not mentions(program, "decoupled_weight_decay"),
    )


def _fused(site: Site) -> Fix:
    record = site.record
    return fixes.optimizer.add_option(
        record.source, site.call.place, "fused", "True", cell_id=record.cell_id
    )


def _is_stepped_adam(entry: Optimizer) -> bool:
    return entry.steps > 0 and entry.class_name == "Adam"


def _is_l2(group: ParameterGroup) -> bool:
    return (group.weight_decay or 0.0) > 0 and not group.decoupled_weight_decay


def _is_said(rule: str, made: Made, case: Case) -> bool:
    """Whether another cell has the same advice on the same optimizer."""
    history, name = case.history, made.optimizer.variable
    for number, run in enumerate(history[: place_of(case.record, history)]):
        same = any(_is_stepped_adam(each) and each.variable == name for each in run.optimizers)
        if not same or cell_key(run) == cell_key(case.record):
            continue
        if any(advice.rule == rule for advice in run.advice):
            site = made.site()
            return site is None or place_of(site.record, history) <= number
    return False


def _is_fusable(entry: Optimizer) -> bool:
    """Whether a fused kernel exists for it, and nobody has decided for or against."""
    if entry.steps < _LEAST_STEPS or entry.class_name not in _FUSABLE or _tensors(entry) < _MANY:
        return False
    kinds = set(map(type_of, entry.devices))
    options = {option for group in entry.groups for option in (group.fused, group.foreach)}
    floating = all("float" in dtype for dtype in entry.parameter_bytes)
    return bool(kinds) and not kinds & _NOT_HERE and options == {None} and floating


def _tensors(entry: Optimizer) -> int:
    return sum(group.parameters for group in entry.groups)


def _time_of_steps(entry: Optimizer) -> float:
    return entry.timed_s / entry.timed_steps * entry.steps if entry.timed_steps else 0.0

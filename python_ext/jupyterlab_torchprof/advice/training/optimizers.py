"""How optimizers were made."""

from __future__ import annotations

from ... import fixes
from ...record import Fix, Optimizer, ParameterGroup
from ...words import count_of
from ..evidence.optimizers import Made
from ..evidence.runs import place_of
from ..grammar import Case, Finding, Rule
from ..text.program import Site, cell_key
from ..text.sites import mentions

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

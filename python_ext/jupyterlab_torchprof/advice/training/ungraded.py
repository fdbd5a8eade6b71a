"""Optimizers to whose parameters no gradient comes."""

from __future__ import annotations

from ...record import Optimizer
from ...words import code_list, count_of
from ..evidence.optimizers import Made, called
from ..grammar import Case, Finding, Rule
from ..text.sites import mentions

_LEAST_STEPS = 5
_OF_TORCH = frozenset(
    {"Adadelta", "Adam", "AdamW", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD"}
)
"""Those that change a parameter by its gradient only, and whose state says that they have."""


class ParametersWithoutGradient(Rule):
    """The optimizer steps, but none of its parameters ever has a gradient: they stay as they are.
    Often `zero_grad` stands between the backward and the step, or the loss was computed with
    another model than the one that the optimizer was made for.

    Evidence: The only optimizer that stepped in the run, one of PyTorch's own, took at least five
    steps, with a backward for each; no parameter of it had a gradient at any step that was looked
    at, nor at the end, and it has no state of any. Or all of them are frozen, and the backwards
    made gradients that no optimizer of the session takes.

    Fix: By hand: clears the gradients before the backward, or makes the optimizer of the model that
    computes the loss.

    Silent: Where only some parameters have no gradient, as of a part that is frozen, skipped or
    trained in turns (the optimizer's line in the panel names them); other optimizers in the run;
    code that mentions `.grad`; steps without backwards, as for the plot of a schedule.

    Sources:
        https://docs.pytorch.org/docs/stable/optim.html#taking-an-optimization-step

    Notes: `optimizer-stale` and `optimizer-before-param-swap` speak of an optimizer that has lost
    its model. Nothing is predicted: what changes is what is learned.
    """

    id = "parameters-without-gradient"
    severity = "high"
    alters = "nothing"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """The only optimizer that stepped, whose parameters never had a gradient."""
        stepped = [each for each in case.record.optimizers if each.steps or each.skipped]
        entry = stepped[0] if len(stepped) == 1 else None
        if entry is None or entry.count > 1:
            return None
        are_frozen = _has_frozen_only(entry) and bool(case.grad.untaken)
        if not (are_frozen or _is_without_gradients(entry)):
            return None
        if case.grad.backwards < entry.steps or entry.lost is not None:
            return None
        program = case.program
        if mentions(program, ".grad") or not Made(entry, program).is_of_torch():
            return None
        if are_frozen:
            return _frozen(case, entry)
        return Finding(
            title=f"No parameter of {called(entry)} ever had a gradient: its steps change nothing.",
            explanation=(
                "A step goes along the gradients that a backward has left in the parameters, and "
                "there were none. Either `zero_grad` is called between the backward and the step, "
                "or the loss is computed with other parameters than those of the optimizer."
            ),
            evidence=[
                f"{called(entry, start=True)} took {count_of(entry.steps, 'step')}, and there "
                f"were {count_of(case.grad.backwards, 'backward')}.",
                f"None of its {count_of(entry.parameters, 'parameter')} had a gradient before any "
                f"of the {entry.looks} steps that were looked at, or has one now.",
            ],
            remedy=case.by_hand(
                "Call `zero_grad` before the backward, and make the optimizer of the parameters "
                "of the model that computes the loss.",
                lines=[case.line(entry.place)],
            ),
        )


def _frozen(case: Case, entry: Optimizer) -> Finding:
    count = sum(group.parameters for group in entry.groups)
    others = code_list([each.module for each in case.grad.untaken])
    return Finding(
        title=f"All parameters of {called(entry)} are frozen: its steps change nothing.",
        explanation=(
            "None of them requires a gradient, so that there is nothing for a step to go along. "
            f"The backwards compute gradients of {others} that no optimizer has. It was made "
            "before parameters were frozen and others added, as adapters are."
        ),
        evidence=[
            f"{called(entry, start=True)} took {count_of(entry.steps, 'step')}, and none of its "
            f"{count_of(count, 'parameter')} required a gradient at any of the {entry.looks} that "
            "were looked at.",
            *(
                f"Gradients of {count_of(each.tensors, 'parameter')} of `{each.module}` were "
                "computed between two of these steps."
                for each in case.grad.untaken
            ),
        ],
        remedy=case.by_hand(
            f"Make the optimizer of the parameters of {others} that require gradients, after "
            "all of them are there.",
            lines=[case.line(entry.place)],
        ),
    )


def _has_frozen_only(entry: Optimizer) -> bool:
    """Whether it stepped again and again, and had no parameter that requires a gradient."""
    return (
        entry.class_name in _OF_TORCH
        and entry.looks >= _LEAST_STEPS
        and entry.parameters == 0
        and not entry.state_bytes
        and any(group.parameters for group in entry.groups)
    )


def _is_without_gradients(entry: Optimizer) -> bool:
    return (
        entry.class_name in _OF_TORCH
        and entry.steps >= _LEAST_STEPS
        and entry.looks >= _LEAST_STEPS
        and 0 < entry.parameters == entry.ungraded_parameters
    )

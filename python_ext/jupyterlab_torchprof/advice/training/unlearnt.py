"""Runs in which steps were called and nothing was learnt."""

from __future__ import annotations

from ...record import CellRecord, Optimizer
from ...words import code_list, count_of
from ..evidence.optimizers import Made, called
from ..evidence.runs import later_runs
from ..grammar import Case, Finding, Rule
from ..text.sites import mentions

_LEAST_SKIPPED = 5
_CERTAIN = 20
"""So many halvings bring any usual scale below one: it is not the scale that overflows."""
_LEAST_STEPS = 5
_OF_TORCH = frozenset(
    {"Adadelta", "Adam", "AdamW", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD"}
)
"""Those that change a parameter by its gradient only, and whose state says that they have."""


class ScalerSkipsAll(Rule):
    """The gradient scaler left out every step, since gradients were not finite: nothing was
    learnt, whatever the loss looks like.

    Evidence: At least five steps of an optimizer, or of the scaler, in one run, all left out. The
    scaler reads by itself whether gradients are finite; that it did not call the optimizer is seen
    on any device. Of a fused optimizer, which is called in any case, the falling scale tells it,
    on the CPU only.

    Fix: By hand: look for what is not finite. A few steps are left out while the scale is found.

    Silent: Where one step was taken in the run or in a later one; fewer steps; a scaler that is
    off.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/amp_examples.html
        https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling

    Notes: A scale that starts at 65,536 can be too large for a loss that is a sum: up to twenty
    steps it is a matter of medium severity. Nothing is predicted.
    """

    id = "scaler-skips-all"
    severity = "high"
    alters = "nothing"
    waits = True
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """A run that stepped by a scaler only, and never got through to the optimizer."""
        skipped = _skipped(case.record)
        if skipped < _LEAST_SKIPPED or any(map(_has_learnt, later_runs(case.record, case.history))):
            return None
        entry = next((each for each in case.record.optimizers if each.skipped == skipped), None)
        scaler = case.grad.scaler
        place = entry.place if entry is not None else scaler.place if scaler is not None else None
        who = called(entry) if entry is not None else "the optimizer"
        return Finding(
            title=f"The gradient scaler left out all {skipped} steps: nothing was learnt.",
            explanation=(
                "The scaler leaves out a step whose gradients are not finite, and halves its "
                "scale. The first few are usual. Where all of them are, the loss or an operation "
                f"in the model overflows: {who} never changed a parameter in this run."
            ),
            evidence=[
                f"{count_of(skipped, 'step')} went through the scaler, and it left out all of them."
            ],
            severity=None if skipped >= _CERTAIN else "medium",
            remedy=case.by_hand(
                "Look at the inputs and the loss for values that are not finite, and compute in "
                "float32 what overflows; `torch.autograd.detect_anomaly()` names the operation. "
                "A loss that is a sum wants to be a mean, or the scaler a smaller `init_scale`.",
                lines=[case.line(place)],
            ),
        )

    def awaits(self, record: CellRecord) -> bool:
        """A later run may get through: then the scale was being found."""
        return _skipped(record) >= _LEAST_SKIPPED

    def is_stirred(self, now: CellRecord) -> bool:
        """The newest run has taken steps."""
        return _has_learnt(now)


def _skipped(record: CellRecord) -> int:
    """How many steps the scaler left out, if none was taken."""
    if any(entry.steps > 0 and entry.skipped > 0 for entry in record.optimizers):
        return 0
    seen = [entry.skipped for entry in record.optimizers if entry.skipped and not entry.steps]
    if seen:
        return max(seen)
    scaler = None if record.grad is None else record.grad.scaler
    if scaler is None or not scaler.enabled or scaler.skipped < scaler.steps:
        return 0
    return scaler.skipped


def _has_learnt(run: CellRecord) -> bool:
    """Whether an optimizer took a step that no scaler left out."""
    return any(entry.steps for entry in run.optimizers) and not _skipped(run)


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

"""Runs in which steps were called and nothing was learnt."""

from __future__ import annotations

from ...record import CellRecord
from ...words import count_of
from ..evidence.optimizers import called
from ..evidence.runs import later_runs
from ..grammar import Case, Finding, Rule

_LEAST_SKIPPED = 5
_CERTAIN = 20
"""So many halvings bring any usual scale below one: it is not the scale that overflows."""


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

"""Weights that are converted again for each forward."""

from __future__ import annotations

from ...record import CellRecord
from ...units import format_bytes, format_percent, format_seconds
from ...words import count_of
from ..evidence.deep import window_of
from ..evidence.times import shortened
from ..grammar import Case, Finding, Rule

_LEAST_SHARE = 0.05
_MOST_OF_PARAMETERS = 1.05
"""With biases and inputs that are as small."""


class CastChurn(Rule):
    """Within autocast each forward converts the weights from float32 again, though they never
    change: nothing is trained.

    Evidence: A deep profile without backwards in which tensors that stood the whole time, together
    no more than the largest model's parameters, were cast to half precision in each step, for 5 %
    of the time.

    Fix: By hand: convert the model once, or enter `torch.autocast` once around the loop, within
    which weights that were cast are kept, though not within `inference_mode`.

    Silent: While something is trained, for weights change with each step; for casts of inputs.

    Sources:
        https://docs.pytorch.org/docs/stable/amp.html#torch.autocast

    Notes: Predicts the time of the casts. With a converted model norms compute in half precision,
    too.
    """

    id = "cast-churn"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """Casts of as much as a model's weights."""
        window = window_of(case.record)
        if window is None:
            return None
        casts = [work for work in window.deep.work if work.kind == "casts"]
        work = max(casts, key=lambda work: work.total_s, default=None)
        if work is None or window.share(work.total_s) < _LEAST_SHARE:
            return None
        if work.moved_bytes > _MOST_OF_PARAMETERS * _parameter_bytes(case.record):
            return None
        return Finding(
            title=(
                f"Weights were cast to {work.name} again in each step, for "
                f"{format_percent(window.share(work.total_s))} of the recorded time."
            ),
            explanation=(
                f"Each step reads {format_bytes(work.moved_bytes)} of weights in float32 and "
                f"writes them in {work.name}, though nothing has changed them."
            ),
            evidence=[
                f"{count_of(work.calls, 'cast')} in {window.steps} steps took "
                f"{format_seconds(work.total_s)} of {format_seconds(window.seconds)}.",
                "What was cast stood the whole time, and no optimizer stepped.",
            ],
            remedy=case.by_hand_there(
                f"By hand: convert the model once, `model.to(torch.{work.name})`, and its inputs; "
                "or write one `with torch.no_grad(), torch.autocast(…):` around the loop, within "
                "which weights that require gradients are cast once; with `inference_mode` they "
                "are not.",
                work.place,
            ),
            prediction=shortened(case.record, work.total_s),
        )


def _parameter_bytes(record: CellRecord) -> int:
    """Of the largest model that was seen."""
    placement = record.placement
    if placement is None:
        return 0
    modules = [*placement.modules, *placement.local_modules]
    return max((module.parameter_bytes for module in modules), default=0)

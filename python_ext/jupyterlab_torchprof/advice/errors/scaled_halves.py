"""Gradient scaling of models whose weights are float16."""

from __future__ import annotations

from ...words import code_list
from ..evidence.conversions import conversion_to
from ..grammar import Case, Finding, Rule
from .cause import by_hand_at, failure_of, said

_MESSAGE = "Attempting to unscale FP16 gradients"


class UnscaleHalf(Rule):
    """A gradient scaler is for float32 weights under autocast; it refuses float16 gradients.

    Evidence: PyTorch's error, in this run; the optimizer with float16 parameters and the call that
    made them so, where they were seen.

    Fix: By hand: leave the weights in float32 and run the forward under `torch.autocast`.

    Silent: For other errors of the scaler.

    Sources:
        https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling

    Notes: The wording is that of PyTorch 2.4 to 2.15.
    """

    id = "unscale-half"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's error, and what is float16."""
        failure = failure_of(case, _MESSAGE, names=("ValueError",))
        if failure is None:
            return None
        optimizers = [each for each in case.record.optimizers if "float16" in each.parameter_bytes]
        names = [each.module or each.variable for each in optimizers]
        known = list(dict.fromkeys(name for name in names if name))
        what = f"The weights of {code_list(known)} are" if known else "The weights are"
        converted = conversion_to(case.record, case.history, "float16")
        return Finding(
            title=f"{what} float16, and the scaler refuses float16 gradients.",
            explanation=(
                "Scaled gradients are divided in the type of the weights, where small ones would "
                "be lost. Leave the weights in float32 (no `.half()`), and run the forward and "
                'the loss under `torch.autocast("cuda", dtype=torch.float16)`: it computes in '
                "float16 all the same."
            ),
            evidence=[said(failure.error), *([converted] if converted else [])],
            remedy=by_hand_at(case, failure, "The model is to be made without the conversion."),
        )

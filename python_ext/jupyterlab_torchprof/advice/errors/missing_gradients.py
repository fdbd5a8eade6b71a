"""Calls on gradients that are not there."""

from __future__ import annotations

import re

from ...record import NamedObject
from ..evidence.failures import Failure
from ..grammar import Case, Finding, Rule
from .cause import by_hand_at, failure_of, line_text, said, tensors_on_the_line

_NONE = "'NoneType' object has no attribute"
_ATTRIBUTE = re.compile(rf"{_NONE} '(\w+)'")
_ON_NONE = (
    _NONE,
    "'NoneType' object is not subscriptable",
    "unsupported operand type(s) for",
)


class GradIsNone(Rule):
    """A tensor has no gradient: none has reached it, or it was taken away.

    Evidence: The error of a call on `None`, and a tensor on the line whose gradient it asks for and
    which has none.

    Fix: By hand, by the cause.

    Silent: Where no tensor without gradient has a name on the line.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.grad.html

    Notes: The wording is Python's. What the tensor is like is read when the error has been raised.
    """

    id = "grad-is-none"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """A tensor on the line that has no gradient."""
        failure = failure_of(case, *_ON_NONE, names=("AttributeError", "TypeError"))
        if failure is None:
            return None
        asked = [
            each
            for each in tensors_on_the_line(failure.error)
            if not each.has_grad and _is_asked(failure, each.name)
        ]
        if len(asked) != 1:
            return None
        tensor = asked[0]
        title, advice = _why(case, failure, tensor)
        return Finding(
            title=title,
            explanation=advice,
            evidence=[said(failure.error), f"`{tensor.name}.grad` is None."],
            remedy=by_hand_at(case, failure, "What the gradient is for only you can say."),
        )


def _is_asked(failure: Failure, name: str) -> bool:
    """Whether the error is of this very gradient: ``w.grad.norm`` where there is no ``norm``."""
    attribute = _ATTRIBUTE.search(failure.error.message)
    what = rf"\.{attribute[1]}\b" if attribute is not None else r"\s*(\[|[-+*/@]=?)"
    return re.search(rf"(?<![\w.]){re.escape(name)}\.grad{what}", line_text(failure)) is not None


def _why(case: Case, failure: Failure, tensor: NamedObject) -> tuple[str, str]:
    name = tensor.parameter or tensor.name
    if tensor.requires_grad is False:
        return (
            f"`{name}` does not require grad, so it gets no gradient.",
            "It is frozen, or was never meant to be trained. Leave such tensors out "
            "(`if p.grad is not None`), or let it require grad before the forward.",
        )
    if tensor.is_leaf is False:
        return (
            f"`{name}` is no leaf: its gradient is passed on and not kept.",
            f"Call `{name}.retain_grad()` before the backward to keep it.",
        )
    if not any(run.grad is not None and run.grad.backwards for run in case.program.runs):
        return (
            f"`{name}` has no gradient: no backward has run in this session.",
            "Gradients are there after `loss.backward()`.",
        )
    return (
        f"`{name}` requires grad and has no gradient now.",
        "A gradient is there when a backward has reached the tensor, and gone after "
        "`zero_grad()`, which sets it to None. Either the loss does not depend on it, or the line "
        "comes before the backward or after the clearing. `if p.grad is not None` leaves such "
        "parameters out.",
    )

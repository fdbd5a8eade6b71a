"""Tensors of inference mode that get into training."""

from __future__ import annotations

from ...words import code_list
from ..grammar import Case, Finding, Rule
from .cause import by_hand_at, failure_of, module_name, read_objects, said

_MESSAGES = (
    "Inference tensors cannot be saved for backward",
    "Inplace update to inference tensor outside InferenceMode",
    "Setting requires_grad=True on inference tensor",
)


class InferenceTensor(Rule):
    """A tensor that was made in inference mode can never be a part of training.

    Evidence: PyTorch's error, and the tensors that the line reads, or that a layer on the way got,
    which were made in inference mode.

    Fix: By hand: make it under `torch.no_grad()` instead, or `.clone()` it outside.

    Silent: Where none is found.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/autograd.html#inference-mode

    Notes: The wordings are those of PyTorch 2.4 to 2.15.
    """

    id = "inference-tensor"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's error, and the tensors of inference mode that it is about."""
        failure = failure_of(case, *_MESSAGES, names=("RuntimeError",))
        if failure is None:
            return None
        error = failure.error
        names = [each.name for each in read_objects(error) if each.inference]
        inputs = [
            (call, argument)
            for call in error.calls
            for argument, each in call.arguments.items()
            if each.inference
        ]
        if names:
            what = code_list(names[:3])
            title = f"{what} {'was' if len(names) == 1 else 'were'} made in inference mode."
        elif inputs:
            call, argument = inputs[-1]
            of = module_name(call) if call.class_name else f"`{call.function}`"
            title = f"The `{argument}` of {of} was made in inference mode."
        else:
            return None
        return Finding(
            title=title,
            explanation=(
                "Such tensors lack what autograd needs, for good. If they are to be used in "
                "training, make them under `torch.no_grad()` instead of `torch.inference_mode()`, "
                "or use a copy that is made outside of it: `.clone()`."
            ),
            evidence=[said(error).split(". ")[0].rstrip(".") + "."],
            remedy=by_hand_at(
                case, failure, "Where it is made, or where it is used, is for you to say."
            ),
        )

"""Sizes that do not go together."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ..evidence.failures import Failure
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import read
from .arranged_shapes import STRIDES
from .batch_shapes import UNEQUAL, of_a_batch
from .cause import by_hand_at, failure_of, finding_of
from .compiled_shapes import PRODUCT, of_compiled_code
from .layer_shapes import of_a_layer
from .loss_shapes import of_a_loss
from .operand_shapes import of_operands
from .transformer_shapes import of_a_transformer

_MESSAGES = (
    "shapes cannot be multiplied",
    PRODUCT,
    "size mismatch, got",
    "size mismatch (got input",
    "Expected size for first two dimensions",
    "must match the size of tensor",
    "Sizes of tensors must match",
    "Tensors must have same number of dimensions",
    "stack expects each tensor",
    UNEQUAL,
    "is invalid for input of size",
    STRIDES,
    "channels, but got",
    "Expected 2D (unbatched) or 3D",
    "Expected 3D (unbatched) or 4D",
    "Expected 4D (unbatched) or 5D",
    "Kernel size can't be greater than",
    "Output size is too small",
    "running_mean should contain",
    "D input (got",
    "more than 1 value per channel",
    "Given normalized_shape=",
    "number of channels in input",
    "must be equal to input_size",
    "Expected hidden",
    "expecting embedding dimension",
    "must be equal to d_model",
    "to match target batch_size",
    "multi-target not supported",
    "Expected target size",
    "different to the input size",
    "must be the same as input size",
)
_NAMES = ("RuntimeError", "ValueError", "AssertionError")


class ShapeMismatch(Rule):
    """An operation gets tensors whose sizes do not go together.

    Evidence: PyTorch's error, with the sizes of what the failing line reads, or of what the layer
    or the loss got that refused it; of attention within a transformer, the transformer that was
    made for another number of features.

    Fix: Writes `reshape` for a `view` that the layout in memory forbids. Else by hand: the advice
    says which sizes are expected, and what would fit where the sizes show it.

    Silent: Where the sizes on the line do not explain the message.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/broadcasting.html

    Notes: The wordings are those of PyTorch 2.4 to 2.15; some have a function's name before them
    since 2.15. A layer speaks by what it was made with (`FailedCall.sizes`), whatever the wording.
    Which of two sizes is wrong only the user knows, so nothing of it is changed.
    """

    id = "shape-mismatch"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """Sizes that the record has of what met in the failing operation."""
        failure = failure_of(case, *_MESSAGES, names=_NAMES)
        if failure is None:
            return None
        error = failure.error
        cause = (
            of_a_transformer(error)
            or of_a_layer(error)
            or of_a_loss(error)
            or of_a_batch(error)
            or of_compiled_code(failure)
            or of_operands(failure)
        )
        if cause is None:
            return None
        return finding_of(failure, cause, _remedy(case, failure))


def _remedy(case: Case, failure: Failure) -> Callable[[], Remedy]:
    cell, line = failure.code, failure.line
    if STRIDES in failure.error.message and cell is not None and line is not None:
        code = read(cell.source)
        views = [
            call
            for call in (code.calls if code is not None else ())
            if call.method == "view" and call.place.line <= line <= call.place.end_line
        ]
        if len(views) == 1 and failure.error.file_objects is None:
            return case.edit(
                lambda: fixes.methods.rename(
                    cell.source, views[0].place, "reshape", cell_id=cell.cell_id
                ),
                lines=failure.lines,
                code=failure.elsewhere,
            )
    return by_hand_at(case, failure, "Which of the sizes is meant is for you to say.")

"""Types of elements that do not go together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ... import fixes
from ..evidence.conversions import conversion_to
from ..evidence.failures import Failure
from ..grammar import Case, Finding, Remedy, Rule
from .cause import by_hand_at, failure_of, said
from .clash import SUFFIXES, Clash
from .dtype_clashes import clash_of

_MESSAGES = (
    "have the same dtype",
    "expected scalar type",
    "expected target dtype",
    "should be the same",
    "Found dtype",
    "can't be cast to the desired output type",
    "one of the following scalar types",
    "tensors used as indices must be",
    "RNN input dtype",
    "input must have the type",
    "mixed dtype",
    "could not infer output dtype",
)


class DtypeMismatch(Rule):
    """An operation gets elements of types that it does not mix: float64 from NumPy and float32
    weights, labels that are no int64, indices that are no integers.

    Evidence: PyTorch's error, with the types of what the failing line reads, or of what the layer
    or the loss got.

    Fix: Converts the input where the failing line passes it on: `.float()`, `.long()`.

    Silent: Where the types that are known are alike.

    Sources:
        https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.dtype

    Notes: The wordings are those of PyTorch 2.4 to 2.15. The fix is an input's only, to the type of
    the weights; which of two operands is to change only the user knows. Floating-point labels are
    not turned into classes: they may be meant for another loss.
    """

    id = "dtype-mismatch"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """Types that the record has of what met in the failing operation."""
        failure = failure_of(case, *_MESSAGES)
        if failure is None or ".cuda." in failure.error.message:
            return None
        error = failure.error
        clash = clash_of(failure)
        if clash is None:
            return None
        moved = conversion_to(case.record, case.history, clash.wanted)
        return Finding(
            title=clash.title,
            explanation=clash.advice,
            evidence=[said(error), *([moved] if moved else [])],
            remedy=_remedy(case, failure, clash),
        )


def _remedy(case: Case, failure: Failure, clash: Clash) -> Callable[[], Remedy]:
    cell, line = failure.code, failure.line
    suffix = SUFFIXES.get(clash.wanted)
    name: Sequence[str] = [clash.thing.name]
    if cell is None or line is None or failure.error.file_objects is not None:
        why = "The failing line stands in no cell as it is now."
    elif not clash.convert or suffix is None:
        why = "Which of them is to change is for you to say."
    elif not clash.thing.name:
        why = "The failing line has no name for it."
    else:
        return case.edit(
            lambda: fixes.methods.passed_on(cell.source, line, name, suffix, cell_id=cell.cell_id),
            lines=failure.lines,
            code=failure.elsewhere,
        )
    return by_hand_at(case, failure, why)

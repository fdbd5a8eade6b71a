"""Backwards from several values."""

from __future__ import annotations

from ..grammar import Case, Finding, Rule
from .cause import by_hand_at, failure_of, line_text, said, sizes, tensors_on_the_line

_NOT_SCALAR = "grad can be implicitly created only for scalar outputs"


class BackwardNonscalar(Rule):
    """A backward begins with one number, and gets a tensor of several.

    Evidence: PyTorch's error, and the sizes of what the failing line reads.

    Fix: By hand: `.mean()` or `.sum()` first.

    Silent: Where no tensor of several elements has a name on the line.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html

    Notes: The wording is that of PyTorch 2.4 to 2.15. Mean or sum is another learning rate, so
    there is no fix.
    """

    id = "backward-nonscalar"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's error, of a tensor that has a name."""
        failure = failure_of(case, _NOT_SCALAR, names=("RuntimeError",))
        if failure is None:
            return None
        found = [t for t in tensors_on_the_line(failure.error) if t.shape and t.requires_grad]
        if len(found) != 1 or f"{found[0].name}.backward(" not in line_text(failure):
            return None
        loss = found[0]
        return Finding(
            title=f"`{loss.name}` is {sizes(loss.shape)}, and a backward begins with one number.",
            explanation=(
                f"`{loss.name}.mean().backward()` begins with their mean, as losses do by "
                'themselves unless they have `reduction="none"`. If the values are no loss, '
                "compute one from them."
            ),
            evidence=[said(failure.error)],
            remedy=by_hand_at(case, failure, "Mean or sum is for you to say."),
        )

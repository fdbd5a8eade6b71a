"""Quantization that PyTorch will remove."""

from __future__ import annotations

from ...record import RaisedWarning
from ..grammar import Case, Finding, Rule

_DEPRECATED = ("torch.ao.quantization is deprecated", "torch.quantization is deprecated")


class DeprecatedQuantization(Rule):
    """`torch.quantization` and `torch.ao.quantization` warn that they will be removed from PyTorch;
    their successor is torchao.

    Evidence: PyTorch's own warning, raised in the cell.

    Fix: By hand: `quantize_(model, Int8DynamicActivationInt8WeightConfig())` from
    `torchao.quantization` for dynamic quantization of linear layers, and
    `torchao.quantization.pt2e` for graphs.

    Silent: Where the warning was not raised.

    Sources:
        https://docs.pytorch.org/docs/stable/quantization.html
        https://docs.pytorch.org/ao/stable/index.html

    Notes: Only a suggestion: torchao's functions have other configurations, and the models that
    they make are other ones.
    """

    id = "deprecated-quantization"
    severity = "medium"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's warning."""
        raised = next(filter(_is_of_quantization, case.record.warnings), None)
        if raised is None:
            return None
        line = case.line(raised.place)
        where = f" on line {line}" if line else ""
        return Finding(
            title="PyTorch's own quantization will be removed; torchao follows it.",
            explanation=(
                "For dynamic quantization of linear layers, torchao has `quantize_(model, "
                "Int8DynamicActivationInt8WeightConfig())`; for quantized graphs it has "
                "`torchao.quantization.pt2e`. The models that they make are not the same."
            ),
            evidence=[f"PyTorch warned that torch.ao.quantization is deprecated{where}."],
            remedy=case.by_hand(
                "torchao makes other models with other configurations, so compare accuracy.",
                lines=[line],
            ),
        )


def _is_of_quantization(raised: RaisedWarning) -> bool:
    return any(text in raised.message for text in _DEPRECATED)

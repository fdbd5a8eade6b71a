"""Quantization that PyTorch will remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters

_DEPRECATED = ("torch.ao.quantization is deprecated", "torch.quantization is deprecated")


@dataclass(frozen=True, slots=True)
class Outdated:
    """A call of quantization code that will be removed."""

    record: CellRecord
    line: int | None


class DeprecatedQuantization(OldRule[Outdated]):
    """PyTorch warned that its own quantization will be removed.

    The finding is that warning, raised in the run. Only a suggestion: torchao's functions have
    other configurations, and the models that they make are other ones.
    """

    id: ClassVar[str] = "deprecated-quantization"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "`torch.quantization` and `torch.ao.quantization` warn that they will be removed from "
        "PyTorch; their successor is torchao."
    )
    proof: ClassVar[str] = "PyTorch's own warning, raised in the cell."
    cure: ClassVar[str] = (
        "By hand: `quantize_(model, Int8DynamicActivationInt8WeightConfig())` from "
        "`torchao.quantization` for dynamic quantization of linear layers, and "
        "`torchao.quantization.pt2e` for graphs."
    )
    silent: ClassVar[str] = "Where the warning was not raised."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/quantization.html",
        "https://docs.pytorch.org/ao/stable/index.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Outdated | None:
        """See the class."""
        for raised in record.warnings:
            if any(text in raised.message for text in _DEPRECATED):
                return Outdated(record, raised.line)
        return None

    def title(self, finding: Outdated) -> str:
        """One sentence."""
        return "PyTorch's own quantization will be removed; torchao follows it."

    def explanation(self, finding: Outdated) -> str:
        """What happens and what can be done."""
        return (
            "For dynamic quantization of linear layers, torchao has `quantize_(model, "
            "Int8DynamicActivationInt8WeightConfig())`; for quantized graphs it has "
            "`torchao.quantization.pt2e`. The models that they make are not the same."
        )

    def evidence(self, finding: Outdated) -> list[str]:
        """Facts of the record."""
        where = f" on line {finding.line}" if finding.line else ""
        return [f"PyTorch warned that torch.ao.quantization is deprecated{where}."]

    def remedy(self, finding: Outdated) -> Remedy:
        """Only a suggestion."""
        refusal = "torchao makes other models with other configurations, so compare accuracy."
        return Remedy(refusal=refusal, lines=[finding.line] if finding.line else [])

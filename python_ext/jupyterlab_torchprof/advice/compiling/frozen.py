"""Models that are only run: TorchScript, and batch norms that could be folded away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Forwards, RaisedWarning, Severity
from ...units import format_seconds
from ...words import count_of
from ..evidence.modules import Root, is_trained, root_of_forwards
from ..evidence.times import seconds_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program
from ..text.sites import mentions

_LEAST_S = 1.0
_WARNING = re.compile(r"`torch\.jit\.(trace|script)` is deprecated")


class JitTraceDeprecated(OldRule[RaisedWarning]):
    """PyTorch warned that TorchScript will go.

    The finding is its own warning, raised in the run. Only a suggestion: who loads a saved script
    elsewhere needs ``torch.export`` instead of ``torch.compile``.
    """

    id: ClassVar[str] = "jit-trace-deprecated"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = "`torch.jit.trace` and `torch.jit.script` warn that they are deprecated."
    proof: ClassVar[str] = "PyTorch's own warning, raised in the cell."
    cure: ClassVar[str] = (
        "By hand: `torch.compile(model)` to run faster here, `torch.export.export(model, args)` "
        "for a file that runs elsewhere."
    )
    silent: ClassVar[str] = (
        "Where the warning was not raised, or where only a package calls it, not the notebook."
    )
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/jit.html",)

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> RaisedWarning | None:
        """See the class."""
        for raised in record.warnings:
            if _WARNING.search(raised.message) is None:  # the compiler's own are of script_method
                continue
            # Packages, and parts of PyTorch, call it when they are imported.
            if mentions(Program(record, history), "jit.trace", "jit.script", "torch.jit"):
                return raised
        return None

    def title(self, finding: RaisedWarning) -> str:
        """One sentence."""
        return "TorchScript is deprecated; torch.compile and torch.export follow it."

    def explanation(self, finding: RaisedWarning) -> str:
        """What happens and what can be done."""
        return (
            "To run faster here, use `torch.compile(model)`. For a file that runs without this "
            "code, use `torch.export.export(model, args)`."
        )

    def evidence(self, finding: RaisedWarning) -> list[str]:
        """Facts of the record."""
        return [f"PyTorch warned: {finding.message.strip().partition('. ')[0].rstrip('.')}."]

    def remedy(self, finding: RaisedWarning) -> Remedy:
        """Only a suggestion."""
        refusal = "Whether the script is loaded elsewhere decides what replaces it."
        return Remedy(refusal=refusal, lines=[finding.line] if finding.line else [])


@dataclass(frozen=True, slots=True)
class Unfused:
    """Inference through convolutions with a batch norm behind each."""

    record: CellRecord
    entry: Forwards
    root: Root
    spent_s: float


class FuseConvBn(OldRule[Unfused]):
    """Inference computes batch norms that could be folded into the convolutions before them.

    The finding is forwards without gradients of a model in evaluation mode that no optimizer has
    parameters of, with batch norms directly behind convolutions, that is not compiled, and whose
    line took at least a second. Nothing is predicted: it is measured by running the cell again.
    Only a suggestion, since the model's structure and rounding change.
    """

    id: ClassVar[str] = "fuse-conv-bn"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "In evaluation mode a batch norm is a fixed scale and shift, which can be folded into the "
        "convolution before it."
    )
    proof: ClassVar[str] = (
        "Forwards without gradients in evaluation mode, at least a second in their line, of a "
        "model with batch norms directly behind convolutions."
    )
    cure: ClassVar[str] = (
        "By hand: `fuse_conv_bn_eval(conv, bn)` from `torch.nn.utils.fusion` for each pair, or "
        "`model.compile()`."
    )
    silent: ClassVar[str] = (
        "In training, for compiled models, where the notebook fuses them, and below a second."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/intermediate/fx_conv_bn_fuser.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Unfused | None:
        """See the class."""
        grad = record.grad
        if grad is None or record.status != "ok" or record.duration_s < _LEAST_S:
            return None
        for entry in grad.forwards:
            layers = entry.layers
            if layers is None or not layers.conv_bn_pairs or layers.compiled or layers.quantized:
                continue
            if (entry.grad and not entry.inference) or entry.training or layers.batchnorms_training:
                continue
            spent = seconds_of(record, entry.line)
            root = root_of_forwards(record, history, entry)
            if spent < _LEAST_S or root is None:
                continue
            if is_trained(root, history):
                continue
            if mentions(Program(record, history), "fuse_conv_bn", "fuse_modules"):
                continue
            return Unfused(record, entry, root, spent)
        return None

    def title(self, finding: Unfused) -> str:
        """One sentence."""
        layers = finding.entry.layers
        assert layers is not None
        pairs = count_of(layers.conv_bn_pairs, "batch norm")
        return f"{pairs} of `{finding.root.name}` could be folded into convolutions."

    def explanation(self, finding: Unfused) -> str:
        """What happens and what can be done."""
        return (
            "`torch.nn.utils.fusion.fuse_conv_bn_eval(conv, bn)` returns one convolution for the "
            f"two; `{finding.root.name}.compile()` fuses them with more. Results change by "
            "rounding, and the fused model cannot be trained on."
        )

    def evidence(self, finding: Unfused) -> list[str]:
        """Facts of the record."""
        entry = finding.entry
        return [
            f"Line {entry.line} ran {count_of(entry.calls, 'forward')} without gradients in "
            f"evaluation mode in about {format_seconds(finding.spent_s)}."
        ]

    def remedy(self, finding: Unfused) -> Remedy:
        """Only a suggestion."""
        refusal = "It changes the structure of the model, and with it the keys of its state dict."
        return Remedy(refusal=refusal, lines=[finding.entry.line] if finding.entry.line else [])

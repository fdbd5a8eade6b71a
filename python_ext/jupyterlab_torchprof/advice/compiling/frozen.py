"""Models that are only run: TorchScript, and batch norms that could be folded away."""

from __future__ import annotations

import re

from ...record import Forwards
from ...units import format_seconds
from ...words import count_of
from ..evidence.altered import is_altered
from ..evidence.forwards import is_inference
from ..evidence.modules import is_trained, root_of_forwards
from ..evidence.times import seconds_of
from ..grammar import Case, Finding, OfUntrained, Rule
from ..text.sites import mentions

_LEAST_S = 1.0
_WARNING = re.compile(r"`torch\.jit\.(trace|script)` is deprecated")
"""The compiler's own warnings are of ``script_method``."""
_SCRIPTS = ("jit.trace", "jit.script", "torch.jit")
_CALLS = ("torch.jit.trace", "torch.jit.script")
_FUSES = ("fuse_conv_bn", "fuse_modules")


class JitTraceDeprecated(Rule):
    """`torch.jit.trace` and `torch.jit.script` warn that they are deprecated.

    Evidence: PyTorch's own warning, raised in the cell.

    Fix: By hand: `torch.compile(model)` to run faster here, `torch.export.export(model, args)` for
    a file that runs elsewhere.

    Silent: Where the warning was not raised, or where only a package calls it, not the notebook.

    Sources:
        https://docs.pytorch.org/docs/stable/jit.html
    """

    id = "jit-trace-deprecated"
    severity = "low"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """The warning, in a notebook that calls it."""
        raised = next((w for w in case.record.warnings if _WARNING.search(w.message)), None)
        # Packages, and parts of PyTorch, call it when they are imported.
        if raised is None or not (
            mentions(case.program, *_SCRIPTS) or any(case.program.calls(*_CALLS))
        ):
            return None
        return Finding(
            title="TorchScript is deprecated; torch.compile and torch.export follow it.",
            explanation=(
                "To run faster here, use `torch.compile(model)`. For a file that runs without this "
                "code, use `torch.export.export(model, args)`."
            ),
            evidence=[f"PyTorch warned: {raised.message.strip().partition('. ')[0].rstrip('.')}."],
            remedy=case.by_hand(
                "Whether the script is loaded elsewhere decides what replaces it.",
                lines=[case.line(raised.place)],
            ),
        )


class FuseConvBn(OfUntrained):
    """In evaluation mode a batch norm is a fixed scale and shift, which can be folded into the
    convolution before it.

    Evidence: Forwards without gradients in evaluation mode, at least a second in their line, of a
    model with batch norms directly behind convolutions.

    Fix: By hand: `fuse_conv_bn_eval(conv, bn)` from `torch.nn.utils.fusion` for each pair, or
    `model.compile()`.

    Silent: In training, for compiled models, where the notebook fuses them, and below a second.

    Sources:
        https://docs.pytorch.org/tutorials/intermediate/fx_conv_bn_fuser.html

    Notes: Nothing is predicted. No optimizer of the session may have parameters of the model, which
    could not be trained on.
    """

    id = "fuse-conv-bn"
    severity = "low"
    alters = "run"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Long inference through convolutions with a batch norm behind each."""
        record = case.record
        if record.status != "ok" or record.duration_s < _LEAST_S:
            return None
        for entry in case.grad.forwards:
            pairs = _pairs(entry)
            spent = seconds_of(record, case.line(entry.place)) if pairs else 0.0
            if spent < _LEAST_S:
                continue
            root = root_of_forwards(record, case.history, entry)
            if root is None or is_trained(root, case.history) or mentions(case.program, *_FUSES):
                continue
            return Finding(
                title=(
                    f"{count_of(pairs, 'batch norm')} of `{root.name}` could be folded into "
                    "convolutions."
                ),
                explanation=(
                    "`torch.nn.utils.fusion.fuse_conv_bn_eval(conv, bn)` returns one convolution "
                    f"for the two; `{root.name}.compile()` fuses them with more. Results change by "
                    "rounding, and the fused model cannot be trained on."
                ),
                evidence=[
                    f"Line {case.line(entry.place)} ran {count_of(entry.calls, 'forward')} without "
                    f"gradients in evaluation mode in about {format_seconds(spent)}."
                ],
                remedy=case.by_hand(
                    "It changes the structure of the model, and with it the keys of its state "
                    "dict.",
                    lines=[case.line(entry.place)],
                ),
            )
        return None


def _pairs(entry: Forwards) -> int:
    """How many batch norms are computed behind convolutions that they could be folded into."""
    layers = entry.layers
    if layers is None or layers.compiled or is_altered(layers) or layers.batchnorms_training:
        return 0
    return layers.conv_bn_pairs if is_inference(entry) else 0

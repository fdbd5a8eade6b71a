"""Training in float16."""

from __future__ import annotations

import ast
import re

from ... import fixes
from ...record import CellRecord, Optimizer, Scaler
from ...units import format_bytes
from ...words import count_of
from ..grammar import Case, Finding, Rule
from ..text.code import read
from ..text.sites import sites_of_run

_FLOAT16 = re.compile(r"(?<!b)float16")
_AUTOCAST = ("torch.autocast", "torch.amp.autocast", "torch.cuda.amp.autocast")


class HalfTraining(Rule):
    """An optimizer updates weights in float16: small updates are rounded away, and small gradients
    vanish.

    Evidence: Steps of an optimizer whose parameters are float16, with no float32 copy of them.

    Fix: By hand: keep the weights in float32 and run forward and loss under autocast.

    Silent: For bfloat16, and for optimizers that have float32 parameters, too.

    Sources:
        https://docs.pytorch.org/docs/stable/amp.html

    Notes: Nothing is predicted: what changes is what is learned. bfloat16 weights are left alone:
    optimizers exist for them.
    """

    id = "half-training"
    severity = "high"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """An optimizer that stepped with parameters in float16 only."""
        optimizer = next(filter(_is_half, case.record.optimizers), None)
        if optimizer is None:
            return None
        name, size = optimizer.variable, sum(optimizer.parameter_bytes.values())
        line = _line_of_cast(case.record) or case.line(optimizer.place)
        return Finding(
            title=f"{f'`{name}`' if name else 'An optimizer'} updates weights in float16.",
            explanation=(
                "float16 has 11 bits: an update below a two-thousandth of a weight changes "
                "nothing. Keep the weights in float32 (without `.half()`), and run forward and "
                "loss under `torch.autocast`, which computes in 16 bits where that does no harm."
            ),
            evidence=[
                f"{count_of(optimizer.steps, 'step')} updated {format_bytes(size)} of parameters, "
                "all of them in float16."
            ],
            remedy=case.by_hand(
                "Where the model and its inputs are cast to float16 has to change together.",
                lines=[line],
            ),
        )


def _is_half(optimizer: Optimizer) -> bool:
    kinds = {kind for kind, size in optimizer.parameter_bytes.items() if size}
    return bool(optimizer.steps) and kinds == {"float16"}


def _line_of_cast(record: CellRecord) -> int | None:
    """The first call of the cell that makes something float16."""
    code = read(record.source)
    for call in code.calls if code is not None else ():
        if call.method == "half" or _FLOAT16.search(ast.unparse(call.node)):
            return call.line
    return None


class Bf16OverFp16(Rule):
    """Mixed precision in float16 on a GPU that has bfloat16, which needs no loss scaling and skips
    no steps.

    Evidence: Forwards under autocast in float16 in a run with optimizer steps, on a GPU that
    computes in bfloat16.

    Fix: Passes `dtype=torch.bfloat16` to autocast; the scaler can go then.

    Silent: For inference, and on GPUs without bfloat16.

    Sources:
        https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling

    Notes: Nothing is predicted. The fix leaves the scaler to `scaler-with-bf16`.
    """

    id = "bf16-over-fp16"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """A training whose forwards all ran under autocast in float16."""
        state, grad = case.record.torch, case.grad
        if state is None or not state.bf16 or not grad.optimizer_steps:
            return None
        forwards = [entry for entry in grad.forwards if entry.grad]
        if {entry.autocast for entry in forwards} != {"float16"}:
            return None
        remedy = case.edit_the_one(
            sites_of_run(case.program, case.program.calls(*_AUTOCAST)),
            lambda site: fixes.autocast.name_dtype(
                site.record.source,
                site.call.place,
                torch_name=case.placement.torch_name,
                cell_id=site.record.cell_id,
            ),
            "Pass dtype=torch.bfloat16 to autocast: the text does not tell where.",
            lines=[case.line(forwards[0].place)],
        )
        return Finding(
            title="Autocast computes in float16 on a GPU that has bfloat16.",
            explanation=(
                "bfloat16 has the exponents of float32: nothing overflows, no loss has to be "
                "scaled, and no step is skipped. It has fewer digits, so compare what is learned."
            ),
            evidence=[
                "All forwards that recorded a graph ran under autocast in float16.",
                *_skipped(grad.scaler),
            ],
            remedy=remedy,
        )


def _skipped(scaler: Scaler | None) -> list[str]:
    if scaler is None or not scaler.skipped:
        return []
    return [f"The scaler skipped {scaler.skipped:,} of {count_of(scaler.steps, 'step')}."]

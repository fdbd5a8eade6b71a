"""Training in float16."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Optimizer, Scaler, Severity
from ...units import format_bytes
from ...words import count_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, read
from ..text.sites import sites_of_run


@dataclass(frozen=True, slots=True)
class HalfWeights:
    """An optimizer whose parameters are float16."""

    record: CellRecord
    optimizer: Optimizer
    lines: list[int]


class HalfTraining(OldRule[HalfWeights]):
    """Parameters in float16 are trained directly.

    The finding is an optimizer of PyTorch's that stepped with parameters in float16 and none in
    float32: updates below a two-thousandth of a weight are rounded away, and small gradients
    vanish. Nothing is predicted: what changes is what is learned. Not fixed by itself: where
    inputs are cast belongs to it. bfloat16 weights are left alone: optimizers exist for them.
    """

    id: ClassVar[str] = "half-training"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "An optimizer updates weights in float16: small updates are rounded away, and small "
        "gradients vanish."
    )
    proof: ClassVar[str] = (
        "Steps of an optimizer whose parameters are float16, with no float32 copy of them."
    )
    cure: ClassVar[str] = (
        "By hand: keep the weights in float32 and run forward and loss under autocast."
    )
    silent: ClassVar[str] = "For bfloat16, and for optimizers that have float32 parameters, too."
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/amp.html",)

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> HalfWeights | None:
        """See the class."""
        for entry in record.optimizers:
            kinds = {kind for kind, size in entry.parameter_bytes.items() if size}
            if not entry.steps or kinds != {"float16"}:
                continue
            code = read(record.source)
            lines = [
                call.line
                for call in (code.calls if code is not None else ())
                if call.method == "half" or "float16" in ast.unparse(call.node)
            ]
            return HalfWeights(record, entry, lines[:1] or ([entry.line] if entry.line else []))
        return None

    def title(self, finding: HalfWeights) -> str:
        """One sentence."""
        name = finding.optimizer.variable
        return f"{f'`{name}`' if name else 'An optimizer'} updates weights in float16."

    def explanation(self, finding: HalfWeights) -> str:
        """What happens and what can be done."""
        return (
            "float16 has 11 bits: an update below a two-thousandth of a weight changes nothing. "
            "Keep the weights in float32 (without `.half()`), and run forward and loss under "
            "`torch.autocast`, which computes in 16 bits where that does no harm."
        )

    def evidence(self, finding: HalfWeights) -> list[str]:
        """Facts of the record."""
        size = format_bytes(sum(finding.optimizer.parameter_bytes.values()))
        steps = count_of(finding.optimizer.steps, "step")
        return [f"{steps} updated {size} of parameters, all of them in float16."]

    def remedy(self, finding: HalfWeights) -> Remedy:
        """By hand."""
        refusal = "Where the model and its inputs are cast to float16 has to change together."
        return Remedy(refusal=refusal, lines=finding.lines)


@dataclass(frozen=True, slots=True)
class Float16:
    """Training under autocast in float16 on a GPU that has bfloat16."""

    record: CellRecord
    program: Program
    scaler: Scaler | None
    line: int | None


class Bf16OverFp16(OldRule[Float16]):
    """Training under autocast in float16 on a GPU that computes in bfloat16 as fast.

    The finding is a run with optimizer steps whose forwards ran under autocast in float16 on a
    GPU with bfloat16. bfloat16 has the exponents of float32, so that nothing over- or underflows
    and no step is skipped; it has fewer digits. Nothing is predicted. The fix names the dtype in
    the one ``autocast`` of the run; the scaler can go afterwards (``scaler-with-bf16``).
    """

    id: ClassVar[str] = "bf16-over-fp16"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "Mixed precision in float16 on a GPU that has bfloat16, which needs no loss scaling and "
        "skips no steps."
    )
    proof: ClassVar[str] = (
        "Forwards under autocast in float16 in a run with optimizer steps, on a GPU that computes "
        "in bfloat16."
    )
    cure: ClassVar[str] = "Passes `dtype=torch.bfloat16` to autocast; the scaler can go then."
    silent: ClassVar[str] = "For inference, and on GPUs without bfloat16."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/amp.html#gradient-scaling",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Float16 | None:
        """See the class."""
        grad, state = record.grad, record.torch
        if grad is None or state is None or not state.bf16 or not grad.optimizer_steps:
            return None
        entries = [entry for entry in grad.forwards if entry.grad]
        if not entries or {entry.autocast for entry in entries} != {"float16"}:
            return None
        return Float16(record, Program(record, history), grad.scaler, entries[0].line)

    def title(self, finding: Float16) -> str:
        """One sentence."""
        return "Autocast computes in float16 on a GPU that has bfloat16."

    def explanation(self, finding: Float16) -> str:
        """What happens and what can be done."""
        return (
            "bfloat16 has the exponents of float32: nothing overflows, no loss has to be scaled, "
            "and no step is skipped. It has fewer digits, so compare what is learned."
        )

    def evidence(self, finding: Float16) -> list[str]:
        """Facts of the record."""
        facts = ["All forwards that recorded a graph ran under autocast in float16."]
        scaler = finding.scaler
        if scaler is not None and scaler.skipped:
            facts.append(
                f"The scaler skipped {scaler.skipped:,} of {count_of(scaler.steps, 'step')}."
            )
        return facts

    def remedy(self, finding: Float16) -> Remedy:
        """Name the dtype, without the scaler if it can go."""
        from ...fixes.autocast import CannotFix, name_dtype  # libcst takes a while to import

        program, lines = finding.program, [finding.line] if finding.line else []
        names = ("torch.autocast", "torch.amp.autocast", "torch.cuda.amp.autocast")
        sites = sites_of_run(program, program.calls(*names))
        if len(sites) != 1:
            refusal = "Pass dtype=torch.bfloat16 to autocast: the text does not tell where."
            return Remedy(refusal=refusal, lines=lines)
        site = sites[0]
        code = None if site.record is finding.record else site.record
        placement = finding.record.placement
        try:
            fix = name_dtype(
                site.record.source,
                site.call.place,
                torch_name=placement.torch_name if placement is not None else None,
                cell_id=site.record.cell_id,
            )
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=[site.call.line], code=code)
        return Remedy(fix=fix, lines=[site.call.line], code=code)

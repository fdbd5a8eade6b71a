"""Number formats in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Forwards, Severity
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..evidence.gain import computes_long, is_full_precision, is_wide
from ..evidence.modules import Root, root_of_forwards
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Code, Place, Program, read
from ..text.loops import Loop, canonical_loop
from ..text.sites import mentions, sites_of_run

_TENSOR_CORES = [7, 0]
_LEAST_STEPS = 10
_LEAST_BYTES = 4_000_000
"""A million parameters: below that, single operations are too small for tensor cores to matter."""
_UNSAFE = ("BCELoss", "binary_cross_entropy(")


@dataclass(frozen=True, slots=True)
class FullPrecision:
    """A training in float32 on a GPU that has tensor cores."""

    record: CellRecord
    program: Program
    entry: Forwards
    root: Root
    bf16: bool


class AmpTraining(OldRule[FullPrecision]):
    """A model is trained in float32 on a GPU whose tensor cores compute in 16 bits.

    The finding is a run of at least ten optimizer steps whose forwards ran in float32 without
    autocast on a GPU of compute capability 7.0 or newer. Floors keep it from nagging where 16
    bits gain nothing: the run computed for at least a second besides waiting for data, and the
    driver did not see the device idle for most of it; the model has linear or convolution layers
    and a million parameters; and a forward saves at least 8 MB for its backward, or the weights
    take 64 MB (see `gain`). Nothing is predicted: how much of the time is in products of matrices
    is not measured while a cell simply runs, so the cell is run again to see. Weights and
    optimizer state stay in float32.

    The fix wants a canonical loop: one forward and one loss before one backward and one step. It
    uses bfloat16 where the GPU has it, otherwise float16 with a scaler. It is refused beside
    clipping, NumPy and losses that autocast does not allow.
    """

    id: ClassVar[str] = "amp-training"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "A model is trained in float32 on a GPU with tensor cores. Under autocast, products of "
        "matrices and convolutions run in 16 bits and keep what the backward needs of them in 16 "
        "bits."
    )
    proof: ClassVar[str] = (
        "Forwards in float32 without autocast, with gradients, on a GPU of compute capability 7.0 "
        "or newer, in a run of at least ten steps and a second besides waiting for data, of a "
        "model with a million parameters whose forward saves 8 MB or whose weights take 64 MB."
    )
    cure: ClassVar[str] = (
        "Runs forward and loss under `torch.autocast`, in bfloat16 where the GPU has it, else in "
        "float16 with a `GradScaler`; run the cell again to see what it gains."
    )
    silent: ClassVar[str] = (
        "For small models and short runs; where the device is idle for half of the time or more; "
        "on the CPU and on older GPUs; for LBFGS; where autocast or a scaler is in use."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/amp_examples.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> FullPrecision | None:
        """See the class."""
        grad, state = record.grad, record.torch
        if grad is None or state is None or grad.optimizer_steps < _LEAST_STEPS:
            return None
        if (state.capability or [0]) < _TENSOR_CORES:
            return None
        if grad.scaler is not None or grad.autocast or record.status != "ok":
            return None
        if any(entry.class_name == "LBFGS" for entry in record.optimizers if entry.steps):
            return None
        for entry in grad.forwards:
            if not (entry.grad and is_full_precision(entry)):
                continue
            if not computes_long(record, entry.device):
                continue
            root = root_of_forwards(record, history, entry)
            weights = root.module.parameter_bytes if root is not None else 0
            if root is None or weights < _LEAST_BYTES:
                continue
            if is_wide(record, entry, weights):
                program = Program(record, history)
                return FullPrecision(record, program, entry, root, bool(state.bf16))
        return None

    def title(self, finding: FullPrecision) -> str:
        """One sentence."""
        return f"`{finding.root.name}` is trained in float32 on a GPU with tensor cores."

    def explanation(self, finding: FullPrecision) -> str:
        """What happens and what can be done."""
        kind = "bfloat16" if finding.bf16 else "float16"
        return (
            f"Under autocast, products of matrices and convolutions run in {kind} on tensor cores; "
            "weights and optimizer state stay in float32. The loss changes by rounding. Apply it "
            "and run the cell again: time and peak then stand beside those of now."
        )

    def evidence(self, finding: FullPrecision) -> list[str]:
        """Facts of the record."""
        record, grad, state = finding.record, finding.record.grad, finding.record.torch
        assert grad is not None and state is not None
        capability = ".".join(map(str, state.capability or []))
        saved = [
            graph.saved_bytes
            for graph in grad.forward_graphs
            if graph.module == finding.entry.module
        ]
        facts = [
            f"{count_of(grad.optimizer_steps, 'step')} took {format_seconds(record.duration_s)}, "
            "with forwards in float32 and no autocast.",
            f"The GPU has compute capability {capability}.",
        ]
        if saved:
            facts.append(f"A forward saves {format_bytes(max(saved))} for its backward.")
        return facts

    def remedy(self, finding: FullPrecision) -> Remedy:
        """Wrap forward and loss of a canonical loop."""
        from ...fixes.autocast import CannotFix, Training, train_in_autocast  # libcst is slow

        program, lines = finding.program, [finding.entry.line] if finding.entry.line else []
        sites = sites_of_run(program, program.methods("backward"))
        loop = canonical_loop(sites[0]) if len(sites) == 1 else None
        code = read(sites[0].record.source) if loop is not None else None
        wrapped = forward_and_loss(code, loop, finding.root.name) if code and loop else None
        if loop is None or code is None or wrapped is None:
            refusal = (
                "The loop is not one forward, one loss, one backward and one step: put forward and "
                "loss under torch.autocast by hand."
            )
            return Remedy(refusal=refusal, lines=lines)
        cell = sites[0].record
        elsewhere = None if cell is finding.record else cell
        reason = hindrance(program, cell)
        if reason is not None:
            return Remedy(refusal=reason, lines=[wrapped[0].line], code=elsewhere)
        device = (finding.entry.device or "cuda").partition(":")[0]
        training = Training(
            wrapped[0], wrapped[1], loop.backward.place, loop.step.place, code.place(loop.node)
        )
        placement = finding.record.placement
        try:
            fix = train_in_autocast(
                cell.source,
                training,
                device=device,
                bf16=finding.bf16,
                torch_name=placement.torch_name if placement is not None else None,
                cell_id=cell.cell_id,
            )
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=[wrapped[0].line], code=elsewhere)
        return Remedy(fix=fix, lines=[wrapped[0].line], code=elsewhere)


def forward_and_loss(code: Code, loop: Loop, name: str) -> tuple[Place, Place] | None:
    """The first and the last statement between the model's call and the backward."""
    body = loop.node.body
    end = next(i for i, each in enumerate(body) if each is loop.backward.statement)
    calls = [call.statement for call in code.calls if call.name == name]
    first = next((i for i, each in enumerate(body) if any(each is s for s in calls)), None)
    if first is None or first >= end:
        return None
    last = end - 1
    while last > first and body[last] is loop.zero.statement:
        last -= 1
    return code.place(body[first]), code.place(body[last])


def hindrance(program: Program, cell: CellRecord) -> str | None:
    """Why forward and loss of a cell cannot simply be put under autocast."""
    if any(word in cell.source for word in _UNSAFE) or mentions(program, "nn.BCELoss("):
        return (
            "BCELoss is not allowed under autocast: use binary_cross_entropy_with_logits, which "
            "takes logits."
        )
    if "clip_grad" in cell.source:
        return "The loop clips gradients, which scaling has to precede: see torch.amp's examples."
    if "numpy(" in cell.source:
        return "NumPy has no bfloat16: write .float() in front of .numpy() first."
    return None

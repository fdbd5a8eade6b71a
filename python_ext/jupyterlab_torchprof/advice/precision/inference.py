"""Number formats at inference."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Forwards, MemoryEntry, Prediction, Severity
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..evidence.gain import LEAST_S, computes_long, is_full_precision
from ..evidence.memory import memory_entry
from ..evidence.modules import Root, is_trained, root_of_forwards
from ..evidence.times import seconds_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Place, Program, dotted, read, resolve

_LEAST_BYTES = 16_000_000
_SHARE = 0.1
_NO_GRAD = ("torch.no_grad", "torch.inference_mode")


@dataclass(frozen=True, slots=True)
class FullInference:
    """Inference in float32 on a GPU that has bfloat16."""

    record: CellRecord
    program: Program
    entry: Forwards
    root: Root
    spent_s: float
    """Of the run's time in the line, as the samples share it out."""
    memory: MemoryEntry | None

    @property
    def weights(self) -> int:
        """Bytes of float32 parameters and buffers."""
        return self.root.module.dtypes.get("float32", 0)


def full_inference(record: CellRecord, history: Sequence[CellRecord]) -> FullInference | None:
    """Forwards without gradients in float32, of a model that nothing trains."""
    grad, state = record.grad, record.torch
    if grad is None or state is None or not state.bf16 or record.status != "ok":
        return None
    if grad.autocast or grad.optimizer_steps:
        return None
    for entry in grad.forwards:
        if (entry.grad and not entry.inference) or entry.training or not is_full_precision(entry):
            continue
        root = root_of_forwards(record, history, entry)
        if root is None or root.module.gradient_bytes or entry.line is None:
            continue
        if is_trained(root, history):
            continue
        spent = seconds_of(record, entry.line)
        memory = memory_entry(record, entry.device or "")
        program = Program(record, history)
        return FullInference(record, program, entry, root, spent, memory)
    return None


def _is_large(finding: FullInference) -> bool:
    """Whether the weights take a tenth of the device."""
    total = finding.memory.total_bytes if finding.memory is not None else None
    return total is not None and finding.weights >= _SHARE * total


class HalfInference(OldRule[FullInference]):
    """A model's float32 weights take a tenth of the device, and it is only used for inference.

    The finding is forwards without gradients of a model in evaluation mode that no optimizer has
    parameters of, in float32, on a GPU with bfloat16, with weights of at least 10 % of its
    memory.

    Prediction: memory after the run less exactly half of the float32 bytes. There is no fix by
    one edit: the inputs have to be cast as well, and results come in bfloat16.
    """

    id: ClassVar[str] = "half-inference"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "A model that is only used for inference has its weights in float32, which take at least "
        "a tenth of the device; bfloat16 takes half."
    )
    proof: ClassVar[str] = (
        "Forwards without gradients in float32 on a GPU with bfloat16, no optimizer for the "
        "model, and the bytes of its weights against the device's memory."
    )
    cure: ClassVar[str] = (
        "By hand: `model.to(torch.bfloat16)` where it is made, and floating-point inputs cast "
        "alike; `autocast-inference` keeps the weights and needs no casts."
    )
    silent: ClassVar[str] = (
        "For models that an optimizer has parameters of; below 10 % of the device; on the CPU."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://huggingface.co/docs/transformers/main/en/perf_infer_gpu_one",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> FullInference | None:
        """See the class."""
        found = full_inference(record, history)
        return found if found is not None and _is_large(found) else None

    def title(self, finding: FullInference) -> str:
        """One sentence."""
        half = format_bytes(finding.weights // 2)
        return f"`{finding.root.name}` would take {half} less in bfloat16."

    def explanation(self, finding: FullInference) -> str:
        """What happens and what can be done."""
        return (
            f"Its float32 weights take {format_bytes(finding.weights)}, and nothing trains them. "
            f"`{finding.root.name}.to(torch.bfloat16)` halves that; floating-point inputs have to "
            "be cast alike, and results have 8 bits of precision. Compare them before you rely on "
            "it."
        )

    def evidence(self, finding: FullInference) -> list[str]:
        """Facts of the record."""
        entry, total = finding.entry, 0
        if finding.memory is not None:
            total = finding.memory.total_bytes or 0
        return [
            f"Line {entry.line} ran {count_of(entry.calls, 'forward')} without gradients in "
            "float32.",
            f"The weights take {finding.weights / total:.0%} of the "
            f"{format_bytes(total)} of {entry.device}.",
        ]

    def prediction(self, finding: FullInference) -> Prediction | None:
        """Memory with half of the weights."""
        memory = finding.memory
        if memory is None or memory.allocated_after_bytes < finding.weights:
            return None
        before = float(memory.allocated_after_bytes)
        after = before - finding.weights / 2
        return Prediction(
            metric="allocated_after_bytes",
            before=before,
            after=after,
            unit="bytes",
            device=memory.device,
        )

    def remedy(self, finding: FullInference) -> Remedy:
        """By hand."""
        refusal = "The inputs have to be cast where they are made, and results come in bfloat16."
        return Remedy(refusal=refusal, lines=[finding.entry.line] if finding.entry.line else [])


class AutocastInference(OldRule[FullInference]):
    """Inference runs in float32 for seconds on a GPU that has bfloat16.

    The finding is forwards without gradients in float32 of a model with linear or convolution
    layers and four million float32 weights that nothing trains, whose line took at least a
    second, in a run that kept the device busy and did not merely wait for data (see `gain`). Where
    the weights take a tenth of the device, ``half-inference`` speaks instead. Nothing is
    predicted: the cell is run again to see.

    The fix adds autocast to the ``with torch.no_grad():`` around the forward. Refused beside
    NumPy, which has no bfloat16.
    """

    id: ClassVar[str] = "autocast-inference"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "Inference runs in float32 for seconds on a GPU whose tensor cores compute in bfloat16."
    )
    proof: ClassVar[str] = (
        "Forwards without gradients in float32, at least a second in their line, four "
        "million weights, and a GPU with bfloat16."
    )
    cure: ClassVar[str] = (
        "Adds `torch.autocast` to the `with torch.no_grad():` around the forward; run the cell "
        "again to see what it gains."
    )
    silent: ClassVar[str] = (
        "For small models and short runs, where the device is mostly idle, on the CPU, under "
        "autocast, and for models that an optimizer has parameters of."
    )
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/amp.html",)

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> FullInference | None:
        """See the class."""
        if record.duration_s < LEAST_S:
            return None
        found = full_inference(record, history)
        if found is None or found.weights < _LEAST_BYTES or _is_large(found):
            return None
        if not computes_long(record, found.entry.device):
            return None
        return found if found.spent_s >= LEAST_S else None

    def title(self, finding: FullInference) -> str:
        """One sentence."""
        return f"`{finding.root.name}` computes in float32 on a GPU that has bfloat16."

    def explanation(self, finding: FullInference) -> str:
        """What happens and what can be done."""
        return (
            "Under autocast, products of matrices and convolutions run in bfloat16 on tensor "
            "cores; the weights stay as they are. Results change by rounding: compare them, and "
            "the time, when the cell runs again."
        )

    def evidence(self, finding: FullInference) -> list[str]:
        """Facts of the record."""
        entry = finding.entry
        return [
            f"Line {entry.line} ran {count_of(entry.calls, 'forward')} without gradients in "
            f"float32 in about {format_seconds(finding.spent_s)}."
        ]

    def remedy(self, finding: FullInference) -> Remedy:
        """Add autocast to the block."""
        from ...fixes.autocast import CannotFix, infer_in_autocast  # libcst takes a while

        record, entry = finding.record, finding.entry
        lines = [entry.line] if entry.line else []
        block = _no_grad_block(finding)
        if block is None:
            refusal = "Put the forward into `with torch.autocast(...)` by hand."
            return Remedy(refusal=refusal, lines=lines)
        if "numpy(" in record.source:
            refusal = "NumPy has no bfloat16: write .float() in front of .numpy() first."
            return Remedy(refusal=refusal, lines=lines)
        placement = record.placement
        try:
            fix = infer_in_autocast(
                record.source,
                block,
                device=(entry.device or "cuda").partition(":")[0],
                torch_name=placement.torch_name if placement is not None else None,
                cell_id=record.cell_id,
            )
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=lines)
        return Remedy(fix=fix, lines=lines)


def _no_grad_block(finding: FullInference) -> Place | None:
    """The ``with torch.no_grad():`` of the cell around the line."""
    code, line = read(finding.record.source), finding.entry.line or 0
    for node in ast.walk(code.tree) if code is not None else ():
        if isinstance(node, ast.With) and node.lineno < line <= (node.end_lineno or 0):
            for item in node.items:
                call = item.context_expr
                name = dotted(call.func) if isinstance(call, ast.Call) else ""
                if resolve(name, finding.program.imports) in _NO_GRAD:
                    assert code is not None
                    return code.place(node)
    return None

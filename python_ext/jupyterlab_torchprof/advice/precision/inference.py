"""Number formats at inference."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from ... import fixes
from ...record import CellRecord, MemoryEntry, Prediction
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..evidence.devices import type_of
from ..evidence.full_inference import FullInference, full_inferences
from ..evidence.gain import LEAST_S, computes_long
from ..evidence.times import seconds_of
from ..grammar import Case, Finding, OfUntrained, Remedy
from ..grammar.asking import Asked, ask, at_constructor, loop_around
from ..text.code import Place, dotted, read, resolve
from ..text.program import Program

_LEAST_BYTES = 16_000_000
_NO_GRAD = ("torch.no_grad", "torch.inference_mode")


class HalfInference(OfUntrained):
    """A model that is only used for inference has its weights in float32, which take at least a
    tenth of the device; bfloat16 takes half.

    Evidence: Forwards without gradients in float32 on a GPU with bfloat16, no optimizer for the
    model, and the bytes of its weights against the device's memory.

    Fix: By hand: `model.to(torch.bfloat16)` where it is made, and floating-point inputs cast alike;
    `autocast-inference` keeps the weights and needs no casts. Where a library calls the model, the
    library's own argument: `torch_dtype` of a pipeline of diffusers, `bf16_full_eval` of
    `TrainingArguments`.

    Silent: For models that an optimizer has parameters of; below 10 % of the device; on the CPU.

    Sources:
        https://huggingface.co/docs/transformers/main/en/perf_infer_gpu_one

    Notes: The prediction is memory after the run less exactly half of the float32 bytes.
    """

    id = "half-inference"
    severity = "medium"
    alters = "run"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Inference with weights that take a tenth of the device."""
        large = (each for each in full_inferences(case.record, case.history) if each.is_large)
        found = next(large, None)
        if found is None:
            return None
        entry, weights, name = found.entry, found.weights, found.root.name
        asked = ask(case, entry.place, {"half weights": None})
        return Finding(
            title=f"`{name}` would take {format_bytes(weights // 2)} less in bfloat16.",
            explanation=(
                f"Its float32 weights take {format_bytes(weights)}, and nothing trains them. "
                f"{_halved(name, asked)} have 8 bits of precision. Compare them before you rely "
                "on it."
            ),
            evidence=[
                f"{_forwards(found)}.",
                f"The weights take {weights / found.device_bytes:.0%} of the "
                f"{format_bytes(found.device_bytes)} of {entry.device}.",
            ],
            prediction=_with_half(found.memory, weights),
            remedy=_halve(case, found, asked),
        )


def _halved(name: str, asked: Asked | None) -> str:
    if asked is not None:
        return f"With {asked.words} they take half of that; results"
    return (
        f"`{name}.to(torch.bfloat16)` halves that; floating-point inputs have to be cast alike, "
        "and results"
    )


def _halve(case: Case, found: FullInference, asked: Asked | None) -> Callable[[], Remedy]:
    if asked is not None:
        return at_constructor(case, asked, "Keep the weights in bfloat16", lines=[found.line])
    return case.by_hand(
        "The inputs have to be cast where they are made, and results come in bfloat16.",
        lines=[found.line],
    )


def _forwards(found: FullInference) -> str:
    calls = count_of(found.entry.calls, "forward")
    return f"Line {found.line} ran {calls} without gradients in float32"


def _with_half(memory: MemoryEntry | None, weights: int) -> Prediction | None:
    """Memory with half of the weights."""
    if memory is None or memory.allocated_after_bytes < weights:
        return None
    before = float(memory.allocated_after_bytes)
    return Prediction(
        metric="allocated_after_bytes",
        before=before,
        after=before - weights / 2,
        unit="bytes",
        device=memory.device,
    )


class AutocastInference(OfUntrained):
    """Inference runs in float32 for seconds on a GPU whose tensor cores compute in bfloat16.

    Evidence: Forwards without gradients in float32, at least a second in their line, four million
    weights, and a GPU with bfloat16.

    Fix: Adds `torch.autocast` to the `with torch.no_grad():` around the forward; run the cell again
    to see what it gains.

    Silent: For small models and short runs, where the device is mostly idle, on the CPU, under
    autocast, for models that an optimizer has parameters of, and where a library calls the model.

    Sources:
        https://docs.pytorch.org/docs/stable/amp.html

    Notes: Nothing is predicted. Where the weights take a tenth of the device, `half-inference`
    speaks instead. The fix is refused beside NumPy, which has no bfloat16.
    """

    id = "autocast-inference"
    severity = "low"
    alters = "run"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Inference that takes a second in its line."""
        record = case.record
        if record.duration_s < LEAST_S:
            return None
        long = filter(partial(_computes_long, record), full_inferences(record, case.history))
        found = next(long, None)
        if found is None or loop_around(case, found.entry.place) is not None:
            return None
        spent = seconds_of(record, found.line)
        return Finding(
            title=f"`{found.root.name}` computes in float32 on a GPU that has bfloat16.",
            explanation=(
                "Under autocast, products of matrices and convolutions run in bfloat16 on tensor "
                "cores; the weights stay as they are. Results change by rounding: compare them, "
                "and the time, when the cell runs again."
            ),
            evidence=[f"{_forwards(found)} in about {format_seconds(spent)}."],
            remedy=_add_autocast(case, found),
        )


def _computes_long(record: CellRecord, found: FullInference) -> bool:
    """Whether 16 bits could pay for these forwards, of a model that `HalfInference` leaves."""
    if found.weights < _LEAST_BYTES or found.is_large:
        return False
    spent = seconds_of(record, found.line)
    return spent >= LEAST_S and computes_long(record, found.entry.device)


def _add_autocast(case: Case, found: FullInference) -> Callable[[], Remedy]:
    record, block = case.record, _no_grad_block(case.program, found.line)
    if block is None:
        why = "Put the forward into `with torch.autocast(...)` by hand."
        return case.by_hand(why, lines=[found.line])
    if ".numpy(" in record.source:
        why = "NumPy has no bfloat16: write .float() in front of .numpy() first."
        return case.by_hand(why, lines=[found.line])
    return case.edit(
        lambda: fixes.autocast.infer_in_autocast(
            record.source,
            block,
            device=type_of(found.entry.device or "cuda"),
            torch_name=case.placement.torch_name,
            cell_id=record.cell_id,
        ),
        lines=[found.line],
    )


def _no_grad_block(program: Program, line: int) -> Place | None:
    """The ``with torch.no_grad():`` around a line of the cell."""
    code = read(program.record.source)
    for node in ast.walk(code.tree) if code is not None else ():
        if isinstance(node, ast.With) and node.lineno < line <= (node.end_lineno or 0):
            for item in node.items:
                call = item.context_expr
                name = dotted(call.func) if isinstance(call, ast.Call) else ""
                if resolve(name, program.imports) in _NO_GRAD:
                    assert code is not None
                    return code.place(node)
    return None

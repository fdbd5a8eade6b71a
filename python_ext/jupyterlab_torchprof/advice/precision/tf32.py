"""TF32: products of float32 matrices on tensor cores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Forwards, Severity
from ...units import format_bytes, format_seconds
from ..evidence.gain import computes_long, is_full_precision
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program
from ..text.imports import importing_cell
from ..text.sites import mentions

_AMPERE = [8, 0]
_LEAST_BYTES = 16_000_000
_SETTINGS = ("allow_tf32", "fp32_precision", "set_float32_matmul_precision")


@dataclass(frozen=True, slots=True)
class Highest:
    """Products of float32 matrices without TF32 on a GPU that has it."""

    record: CellRecord
    program: Program
    entry: Forwards
    linear_bytes: int


class Tf32Matmul(OldRule[Highest]):
    """Products of float32 matrices run without TF32 although the GPU has it.

    The finding is forwards in float32 without autocast of a model whose linear layers have at
    least four million weights, in a run that computed for at least a second and kept the device
    busy (see `gain`), on a GPU of compute capability 8.0 or newer, while the precision is at its
    default. Nothing is predicted: which share of the time
    these products take is not measured while a cell simply runs. Silent once the notebook says
    anything about TF32. A remark on the session, made once.
    """

    id: ClassVar[str] = "tf32-matmul"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "Products of float32 matrices run without TF32, PyTorch's default, on a GPU whose tensor "
        "cores could compute them with 10 bits of mantissa."
    )
    proof: ClassVar[str] = (
        'The setting `"highest"`, forwards in float32 with at least four million weights in linear '
        "layers, a run that computes for at least a second, and a GPU of compute capability 8.0 "
        "or newer."
    )
    cure: ClassVar[str] = (
        'Writes `torch.set_float32_matmul_precision("high")` below the import of torch; run the '
        "cell again to see what it gains."
    )
    silent: ClassVar[str] = (
        "Where the notebook sets the precision itself, under autocast, for small layers, where the "
        "device is mostly idle, and on other devices. Convolutions use TF32 already."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.set_float32_matmul_precision.html",
    )
    once: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Highest | None:
        """See the class."""
        state, grad = record.torch, record.grad
        if state is None or grad is None or state.matmul_precision != "highest":
            return None
        if (state.capability or [0]) < _AMPERE:
            return None
        for entry in grad.forwards:
            size = entry.layers.linear_bytes if entry.layers is not None else 0
            if size < _LEAST_BYTES or not is_full_precision(entry):
                continue
            if computes_long(record, entry.device):
                program = Program(record, history)
                return (
                    None if mentions(program, *_SETTINGS) else Highest(record, program, entry, size)
                )
        return None

    def title(self, finding: Highest) -> str:
        """One sentence."""
        return "Products of float32 matrices do not use the GPU's TF32."

    def explanation(self, finding: Highest) -> str:
        """What happens and what can be done."""
        return (
            'With the precision "high" they run on tensor cores, with 10 instead of 23 bits of '
            "mantissa in the factors and float32 sums. Results change by rounding: compare them, "
            "and the time, when the cell runs again."
        )

    def evidence(self, finding: Highest) -> list[str]:
        """Facts of the record."""
        state = finding.record.torch
        capability = ".".join(map(str, state.capability or [])) if state is not None else ""
        return [
            'torch.get_float32_matmul_precision() is "highest".',
            f"`{finding.entry.module}` has {format_bytes(finding.linear_bytes)} of float32 weights "
            f"in linear layers; the run took {format_seconds(finding.record.duration_s)}.",
            f"The GPU has compute capability {capability}.",
        ]

    def remedy(self, finding: Highest) -> Remedy:
        """Set the precision below the import."""
        from ...fixes.settings import CannotFix, set_below_import  # libcst takes a while

        cell = importing_cell(finding.program)
        lines = [finding.entry.line] if finding.entry.line else []
        if cell is None:
            refusal = 'Call torch.set_float32_matmul_precision("high") below the import of torch.'
            return Remedy(refusal=refusal, lines=lines)
        code = None if cell is finding.record else cell
        try:
            fix, line = set_below_import(
                cell.source,
                'set_float32_matmul_precision("high")',
                "Allow TF32",
                cell_id=cell.cell_id,
            )
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=[], code=code)
        return Remedy(fix=fix, lines=[line], code=code)

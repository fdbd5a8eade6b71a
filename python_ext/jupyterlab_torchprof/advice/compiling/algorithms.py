"""How cuDNN chooses the algorithms of convolutions."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Forwards, Severity
from ...units import format_seconds
from ...words import count_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Place, Program, dotted, read, resolve
from ..text.imports import importing_cell
from ..text.sites import mentions

_FLAG = "torch.backends.cudnn.benchmark"
_LEAST_S = 1.0
_LEAST_LOOKED = 8
_FEW, _MANY = 3, 10
_DECIDED = ("cudnn.benchmark", "cudnn.deterministic", "use_deterministic_algorithms")


@dataclass(frozen=True, slots=True)
class Benchmarking:
    """Forwards with convolutions, and the number of shapes that they got."""

    record: CellRecord
    program: Program
    entry: Forwards
    on: bool
    code: CellRecord | None = None
    place: Place | None = None
    """Of the ``True`` that turns it on."""


class CudnnBenchmark(OldRule[Benchmarking]):
    """``cudnn.benchmark`` is off although shapes repeat, or on although they keep changing.

    Off: forwards of a model with convolutions on a CUDA device in a run of at least a second, of
    which at least eight were looked at (all of a few, otherwise one now and then), with at most
    three input shapes. cuDNN would time its
    algorithms once for each shape. On: more than ten shapes, each of which is timed anew.

    Nothing is predicted: what the choice gains is found by running the cell again. Autotuning may
    take more memory and choose algorithms that round differently, so the fix is not a safe one.
    Silent when deterministic algorithms are asked for, or when the notebook has set the flag.
    """

    id: ClassVar[str] = "cudnn-benchmark"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "With `cudnn.benchmark` cuDNN times its convolution algorithms once for each input shape "
        "and takes the fastest: good where shapes repeat, wasted where they keep changing."
    )
    proof: ClassVar[str] = (
        "Off: at least 8 forwards with convolutions on CUDA that were looked at, with at most 3 "
        "input shapes, in a run of at least a second. On: more than 10 shapes."
    )
    cure: ClassVar[str] = (
        "Sets the flag below the import of torch, or turns it off where it is set; run the cell "
        "again to see what it gains."
    )
    silent: ClassVar[str] = (
        "With deterministic algorithms; where the notebook has decided; on other devices."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/backends.html#torch.backends.cudnn.benchmark",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Benchmarking | None:
        """See the class."""
        state, grad = record.torch, record.grad
        if state is None or grad is None or state.cudnn_benchmark is None or state.deterministic:
            return None
        if record.status != "ok" or record.duration_s < _LEAST_S:
            return None
        for entry in grad.forwards:
            if entry.layers is None or not entry.layers.convs or entry.device in (None, "cpu"):
                continue
            if state.cudnn_benchmark and len(entry.shapes) > _MANY:
                program = Program(record, history)
                found = set_at(program)
                if found is not None:
                    return Benchmarking(record, program, entry, True, *found)
            elif not state.cudnn_benchmark and _repeats(entry):
                program = Program(record, history)
                if not mentions(program, *_DECIDED):
                    return Benchmarking(record, program, entry, False)
        return None

    def title(self, finding: Benchmarking) -> str:
        """One sentence."""
        shapes = len(finding.entry.shapes)
        if finding.on:
            return f"cuDNN times its algorithms anew for each of {shapes}{_more(shapes)} shapes."
        return "cuDNN does not time its algorithms, although the shapes repeat."

    def explanation(self, finding: Benchmarking) -> str:
        """What happens and what can be done."""
        if finding.on:
            return (
                "`cudnn.benchmark` is on: for every new input shape, the first convolution of "
                "each layer tries all algorithms. Shapes that keep changing never earn that back. "
                "Turn it off, or pad inputs to a few shapes."
            )
        return (
            "With `cudnn.benchmark` on, cuDNN tries its algorithms once for each shape and keeps "
            "the fastest. It may need more memory, and results change by rounding; run the cell "
            "again to see what it gains."
        )

    def evidence(self, finding: Benchmarking) -> list[str]:
        """Facts of the record."""
        entry = finding.entry
        shapes = count_of(len(entry.shapes), "input shape")
        return [
            f"{count_of(entry.looked_at, 'forward')} of `{entry.module}` on line {entry.line} that "
            f"were looked at had {shapes}.",
            f"The run took {format_seconds(finding.record.duration_s)}.",
        ]

    def remedy(self, finding: Benchmarking) -> Remedy:
        """Set the flag, or take it back."""
        from ...fixes.settings import CannotFix, replace_value, set_below_import  # libcst is slow

        record, cell = finding.record, finding.code
        try:
            if cell is not None and finding.place is not None:
                place, code = finding.place, None if cell is record else cell
                fix = replace_value(
                    cell.source,
                    place,
                    "False",
                    "Turn cudnn.benchmark off",
                    cell_id=cell.cell_id,
                )
                return Remedy(fix=fix, lines=[place.line], code=code)
            cell = importing_cell(finding.program)
            if cell is None:
                raise CannotFix(f"Set {_FLAG} = True below the import of torch.")
            fix, line = set_below_import(
                cell.source,
                "backends.cudnn.benchmark = True",
                "Turn cudnn.benchmark on",
                cell_id=cell.cell_id,
            )
        except CannotFix as refused:
            line_of = finding.entry.line
            return Remedy(refusal=str(refused), lines=[line_of] if line_of else [])
        return Remedy(fix=fix, lines=[line], code=None if cell is record else cell)


def _repeats(entry: Forwards) -> bool:
    return entry.looked_at >= _LEAST_LOOKED and 0 < len(entry.shapes) <= _FEW


def _more(shapes: int) -> str:
    return " or more" if shapes >= 16 else ""


def set_at(program: Program) -> tuple[CellRecord, Place] | None:
    """The ``True`` of the only statement that turns the flag on."""
    found: list[tuple[CellRecord, Place]] = []
    for cell in program.cells:
        code = read(cell.source) if "benchmark" in cell.source else None
        for node in ast.walk(code.tree) if code is not None else ():
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
                continue
            names = [resolve(dotted(target), program.imports) for target in node.targets]
            if names == [_FLAG] and node.value.value is True:
                assert code is not None
                found.append((cell, code.place(node.value)))
    return found[0] if len(found) == 1 else None

"""Programs that insist on CUDA where there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ..evidence.devices import chosen_names, taken_names
from ..evidence.failures import Failure, failures
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program
from ..text.spots import Spot, on_line, spots

_MESSAGES = (
    "Torch not compiled with CUDA enabled",
    "Found no NVIDIA driver",
    "No CUDA GPUs are available",
)
_ERRORS = ("AssertionError", "RuntimeError", "AcceleratorError")


@dataclass(frozen=True, slots=True)
class Insisted:
    """An error for lack of CUDA, and where the text asks for it."""

    failure: Failure
    program: Program
    code: CellRecord | None
    """The cell to change."""
    found: list[Spot]


class HardcodedCuda(OldRule[Insisted]):
    """A cell asked for CUDA and failed because there is none.

    The finding is PyTorch's own error, on the run that raised it; a program that ran is not
    commented on. The cell to change is the one with the failing line if its text says ``cuda``,
    otherwise the one that binds a name of that line to a CUDA device. Nothing is predicted: the
    program runs, on what there is.

    Code under a check of ``is_available`` stays as it is, and so does a device with an index.
    """

    id: ClassVar[str] = "hardcoded-cuda"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = "The program insists on CUDA, and this machine has none."
    proof: ClassVar[str] = "PyTorch's error for lack of CUDA, in this run."
    cure: ClassVar[str] = (
        "Writes a device that is chosen by what there is: "
        '`torch.device("cuda" if torch.cuda.is_available() else "cpu")`, under the name that the '
        "notebook has for it."
    )
    silent: ClassVar[str] = "In programs that ran, and for code that asks before."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/cuda.html#device-agnostic-code",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Insisted | None:
        """See the class."""
        frames = failures(
            record,
            history,
            *_MESSAGES,
            names=("AssertionError", "RuntimeError", "AcceleratorError"),
        )
        if not frames:
            return None
        program = Program(record, history)
        for frame in frames:
            found = spots(frame.code.source) if frame.code is not None else []
            if frame.line is not None and on_line(found, frame.line):
                return Insisted(frame, program, frame.code, found)
        for frame in frames:
            names = set(re.findall(r"[^\W\d]\w*", _line_of(frame)))
            for cell in reversed(program.cells):
                found = spots(cell.source)
                if any(spot.name in names for spot in found if spot.name):
                    return Insisted(frame, program, cell, found)
        return Insisted(frames[0], program, None, [])

    def title(self, finding: Insisted) -> str:
        """One sentence."""
        return "This cell asks for CUDA, and there is none on this machine."

    def explanation(self, finding: Insisted) -> str:
        """What happens and what can be done."""
        return (
            "PyTorch found no CUDA device that it can use. A program that chooses its device by "
            "what there is runs here on the CPU, and on the accelerator where there is one."
        )

    def evidence(self, finding: Insisted) -> list[str]:
        """The error."""
        error = finding.failure.error
        message = error.message.strip().split("\n", 1)[0].split(". ", 1)[0].rstrip(".")
        return [f"{error.name}: {message}."]

    def remedy(self, finding: Insisted) -> Remedy:
        """Choose the device."""
        from ...fixes.portable import CannotFix, make_portable  # libcst takes a while to import

        cell, program = finding.code, finding.program
        record = program.record
        if cell is None:
            failure = finding.failure
            return Remedy(
                refusal="No cell of this notebook says cuda on the failing line: look for the "
                "device that is passed to it.",
                lines=failure.lines,
                code=failure.elsewhere,
            )
        code = None if cell is record else cell
        lines = sorted({spot.place.line for spot in finding.found})
        named = chosen_names(program)
        try:
            fix = make_portable(
                cell.source,
                finding.found,
                cell_id=cell.cell_id,
                named=named,
                taken=taken_names(program, named),
                torch_name=record.placement.torch_name if record.placement is not None else None,
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


def _line_of(failure: Failure) -> str:
    if failure.code is None or failure.line is None:
        return ""
    lines = failure.code.source.splitlines()
    return lines[failure.line - 1] if failure.line <= len(lines) else ""

"""Programs that insist on CUDA where there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ... import fixes
from ...record import CellRecord
from ..evidence.devices import chosen_names, taken_names
from ..evidence.failures import Failure, failures
from ..grammar import Case, Finding, Remedy, Rule
from ..text.program import Program
from ..text.spots import Spot, on_line, spots

_MESSAGES = (
    "Torch not compiled with CUDA enabled",
    "Found no NVIDIA driver",
    "No CUDA GPUs are available",
)
_ERRORS = ("AssertionError", "RuntimeError", "AcceleratorError")


class HardcodedCuda(Rule):
    """The program insists on CUDA, and this machine has none.

    Evidence: PyTorch's error for lack of CUDA, in this run.

    Fix: Writes a device that is chosen by what there is: `torch.device("cuda" if
    torch.cuda.is_available() else "cpu")`, under the name that the notebook has for it.

    Silent: In programs that ran, and for code that asks before.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/cuda.html#device-agnostic-code

    Notes: Nothing is predicted: the program runs, on what there is. Code under a check of
    ``is_available`` stays as it is, and so does a device with an index.
    """

    id = "hardcoded-cuda"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """An error for lack of CUDA."""
        frames = failures(case.record, case.history, *_MESSAGES, names=_ERRORS)
        if not frames:
            return None
        error = frames[0].error
        message = error.message.strip().split("\n", 1)[0].split(". ", 1)[0].rstrip(".")
        return Finding(
            title="This cell asks for CUDA, and there is none on this machine.",
            explanation=(
                "PyTorch found no CUDA device that it can use. A program that chooses its device "
                "by what there is runs here on the CPU, and on the accelerator where there is one."
            ),
            evidence=[f"{error.name}: {message}."],
            remedy=_choose_device(case, frames),
        )


def _choose_device(case: Case, frames: Sequence[Failure]) -> Callable[[], Remedy]:
    program = case.program
    asked = _where_asked(program, frames)
    if asked is None:
        return case.by_hand(
            "No cell of this notebook says cuda on the failing line: look for the device that is "
            "passed to it.",
            lines=frames[0].lines,
            code=frames[0].elsewhere,
        )
    cell, found = asked
    named = chosen_names(program)
    return case.edit(
        lambda: fixes.portable.make_portable(
            cell.source,
            found,
            cell_id=cell.cell_id,
            named=named,
            taken=taken_names(program, named),
            torch_name=case.placement.torch_name,
        ),
        lines=[spot.place.line for spot in found],
        code=cell,
    )


def _where_asked(
    program: Program, frames: Sequence[Failure]
) -> tuple[CellRecord, list[Spot]] | None:
    """The cell that says ``cuda`` on a failing line, or that binds a name of one to CUDA."""
    for frame in frames:
        found = spots(frame.code.source) if frame.code is not None else []
        if frame.code is not None and frame.line is not None and on_line(found, frame.line):
            return frame.code, found
    for frame in frames:
        names = set(re.findall(r"[^\W\d]\w*", frame.text))
        for cell in reversed(program.cells):
            found = spots(cell.source)
            if any(spot.known_as in names for spot in found if spot.known_as):
                return cell, found
    return None

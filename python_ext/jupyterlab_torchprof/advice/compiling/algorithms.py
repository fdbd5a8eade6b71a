"""How cuDNN chooses the algorithms of convolutions."""

from __future__ import annotations

import ast

from ... import fixes
from ...record import CellRecord, Fix, Forwards
from ...units import format_seconds
from ...words import count_of
from ..grammar import Case, Finding, Rule
from ..text.code import Place, dotted, read, resolve
from ..text.imports import last_import
from ..text.program import Program
from ..text.sites import mentions

_FLAG = "torch.backends.cudnn.benchmark"
_LEAST_S = 1.0
_LEAST_LOOKED = 8
_FEW, _MANY = 3, 10
_MOST_KEPT = 16
"""So many shapes are recorded: there may have been more."""
_DECIDED = ("cudnn.benchmark", "cudnn.deterministic", "use_deterministic_algorithms")


class CudnnBenchmark(Rule):
    """With `cudnn.benchmark` cuDNN times its convolution algorithms once for each input shape and
    takes the fastest: good where shapes repeat, wasted where they keep changing.

    Evidence: Off: at least 8 forwards with convolutions on CUDA that were looked at, with at most 3
    input shapes, in a run of at least a second. On: more than 10 shapes.

    Fix: Sets the flag below the import of torch, or turns it off where it is set; run the cell
    again to see what it gains.

    Silent: With deterministic algorithms; where the notebook has decided; on other devices.

    Sources:
        https://docs.pytorch.org/docs/stable/backends.html#torch.backends.cudnn.benchmark

    Notes: Nothing is predicted: what the choice gains is found by running the cell again. The
    algorithms may take more memory and round differently, so the fix is not a safe one. All
    forwards are looked at where there are few, otherwise one now and then.
    """

    id = "cudnn-benchmark"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """Forwards with convolutions, with a flag that does not suit their shapes."""
        record, state = case.record, case.record.torch
        if state is None or state.cudnn_benchmark is None or state.deterministic:
            return None
        if record.status != "ok" or record.duration_s < _LEAST_S:
            return None
        judge = _wasted if state.cudnn_benchmark else _missing
        for entry in case.grad.forwards:
            has_convolutions = entry.layers is not None and entry.layers.convs
            if has_convolutions and entry.device not in (None, "cpu"):
                finding = judge(case, entry)
                if finding is not None:
                    return finding
        return None


def _wasted(case: Case, entry: Forwards) -> Finding | None:
    """The flag is on, although shapes keep changing."""
    shapes = len(entry.shapes)
    found = set_at(case.program) if shapes > _MANY else None
    if found is None:
        return None
    cell, place = found
    more = " or more" if shapes >= _MOST_KEPT else ""
    return Finding(
        title=f"cuDNN times its algorithms anew for each of {shapes}{more} shapes.",
        explanation=(
            "`cudnn.benchmark` is on: for every new input shape, the first convolution of each "
            "layer tries all algorithms. Shapes that keep changing never earn that back. Turn it "
            "off, or pad inputs to a few shapes."
        ),
        evidence=_evidence(case, entry),
        remedy=case.edit(lambda: _turn_off(cell, place), lines=[place.line], code=cell),
    )


def _turn_off(cell: CellRecord, place: Place) -> Fix:
    title = "Turn cudnn.benchmark off"
    return fixes.settings.replace_value(cell.source, place, "False", title, cell_id=cell.cell_id)


def _missing(case: Case, entry: Forwards) -> Finding | None:
    """The flag is off, although the same shapes come again."""
    if entry.looked_at < _LEAST_LOOKED or not 0 < len(entry.shapes) <= _FEW:
        return None
    if mentions(case.program, *_DECIDED):
        return None
    found = last_import(case.program)
    if found is None:
        why = f"Set {_FLAG} = True below the import of torch."
        remedy = case.by_hand(why, lines=[case.line(entry.place)])
    else:
        cell, line = found
        remedy = case.edit(lambda: _turn_on(cell), lines=[line], code=cell)
    return Finding(
        title="cuDNN does not time its algorithms, although the shapes repeat.",
        explanation=(
            "With `cudnn.benchmark` on, cuDNN tries its algorithms once for each shape and keeps "
            "the fastest. It may need more memory, and results change by rounding; run the cell "
            "again to see what it gains."
        ),
        evidence=_evidence(case, entry),
        remedy=remedy,
    )


def _turn_on(cell: CellRecord) -> Fix:
    return fixes.settings.set_below_import(
        cell.source,
        "backends.cudnn.benchmark = True",
        "Turn cudnn.benchmark on",
        cell_id=cell.cell_id,
    )


def _evidence(case: Case, entry: Forwards) -> list[str]:
    shapes = count_of(len(entry.shapes), "input shape")
    return [
        f"{count_of(entry.looked_at, 'forward')} of `{entry.module}` on line "
        f"{case.line(entry.place)} that were looked at had {shapes}.",
        f"The run took {format_seconds(case.record.duration_s)}.",
    ]


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

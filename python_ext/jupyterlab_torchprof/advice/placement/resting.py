"""A model on the CPU beside an idle accelerator."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

from ...record import CellRecord, Severity
from ...units import format_bytes, format_seconds
from ...words import count_of, enumerate_words
from ..evidence.devices import names_of, taken_names
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Place, Program, Site, read
from ..text.names import root_of
from .batches import Unclear, batches_of
from .idle import Idle, idle_accelerator, loaded_whole


class ModelOnCpu(OldRule[Idle]):
    """A model runs on the CPU although there is an accelerator.

    The finding is `idle_accelerator`: forwards on the CPU that took at least a second and 2 ms
    each, while no forward of the run was on an accelerator. A model that a ``torch.load`` put on
    the CPU is left to ``map-location-cpu``. Nothing is predicted: how much faster the accelerator
    is has not been measured here; the cell says so when it runs again.

    The fix moves the model below the statement that makes it, so above the optimizer, and each
    batch at the top of the loops over data loaders that pass it on. It is refused where another
    call of the model takes its inputs from elsewhere, or where results go on to NumPy.
    """

    id: ClassVar[str] = "model-on-cpu-gpu-idle"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = "A model computes on the CPU while an accelerator has nothing to do."
    proof: ClassVar[str] = (
        "Forwards of a model whose parameters are on the CPU, at least a second in their line and "
        "2 ms each (waits for data not counted), which its weights and the shapes of its input "
        "explain, on a machine with an accelerator that ran no forward in the cell."
    )
    cure: ClassVar[str] = (
        "Moves the model where it is made, and each batch at the top of its loop; run the cell "
        "again to see what it gains."
    )
    silent: ClassVar[str] = (
        "For small models, which may be faster on the CPU; for quantized ones; where the program "
        'says `"cpu"` by itself; where the accelerator has no room.'
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/cuda.html#device-agnostic-code",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Idle | None:
        """See the class."""
        idle = idle_accelerator(record, history)
        return None if idle is None or loaded_whole(idle) is not None else idle

    def title(self, finding: Idle) -> str:
        """One sentence."""
        return f"`{finding.root.name}` runs on the CPU while {finding.accelerator} is idle."

    def explanation(self, finding: Idle) -> str:
        """What happens and what can be done."""
        return (
            f"The parameters of `{finding.root.name}` are in host memory, so the CPU computes its "
            f"forwards. Move it to {finding.accelerator} where it is made, before its optimizer, "
            "and each batch before it is used; then run the cell again to see what that gains."
        )

    def evidence(self, finding: Idle) -> list[str]:
        """Facts of the record."""
        return idle_facts(finding)

    def remedy(self, finding: Idle) -> Remedy:
        """Move the model and its batches."""
        return move_there(finding)


def idle_facts(idle: Idle) -> list[str]:
    """What the record says."""
    module = idle.root.module
    size = format_bytes(module.parameter_bytes + module.buffer_bytes)
    return [
        f"Line {idle.entry.line} took about {format_seconds(idle.spent_s)} without waits for data, "
        f"with {count_of(idle.calls, 'forward')} on the CPU.",
        f"All {size} of `{idle.root.name}` are on the CPU.",
        f"PyTorch can use {count_of(_devices(idle.record), f'{idle.accelerator} device')}, and no "
        "forward of the cell ran there.",
    ]


def _devices(record: CellRecord) -> int:
    return record.torch.device_count if record.torch is not None else 0


def move_there(idle: Idle, load: Site | None = None) -> Remedy:
    """The fix: the model below its making, or in its ``load``; batches at the top of loops."""
    from ...fixes.to_device import CannotFix, Maker, NewBatch, move_model  # libcst is slow

    lines = [idle.entry.line] if idle.entry.line else []
    record, program, name = idle.record, idle.program, idle.root.name
    maker = made_at(program, name)
    if maker is None:
        refusal = f"No cell makes `{name}` at top level: move it and its inputs by hand."
        return Remedy(refusal=refusal, lines=lines)
    cell, place = maker
    named = names_of(record, f"{idle.accelerator}:0")
    taken = taken_names(program, named)
    if taken and not named:
        refusal = f"{enumerate_words(sorted(taken))} may stand for another device: move by hand."
        return Remedy(refusal=refusal, lines=lines)
    loaders = {each.variable for run in program.runs for each in run.data_loading}
    tensors, modules = _on_cpu(record)
    try:
        batches = [
            NewBatch(batch.source, batch.cell_id, batch.place, batch.names)
            for user in program.cells
            if name in user.source
            for batch in batches_of(user, name, loaders, (tensors | modules) - {name}, tensors)
        ]
        if not batches:
            raise Unclear(f"No loop over a data loader passes `{name}` its inputs: move by hand.")
        fix = move_model(
            Maker(
                cell.source,
                cell.cell_id,
                place,
                load.call.place if load is not None and load.record is cell else None,
            ),
            name,
            batches,
            named=named,
            taken=taken,
            torch_name=record.placement.torch_name if record.placement is not None else None,
            accelerator=idle.accelerator,
        )
    except (CannotFix, Unclear) as refusal:
        return Remedy(refusal=str(refusal), lines=lines)
    return Remedy(fix=fix, lines=lines)


def made_at(program: Program, name: str) -> tuple[CellRecord, Place] | None:
    """The last statement at top level that binds the model, and its cell."""
    for cell in reversed(program.cells):
        code = read(cell.source) if name in cell.source else None
        for statement in reversed(code.tree.body) if code is not None else ():
            if isinstance(statement, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == name for target in statement.targets
            ):
                assert code is not None
                return cell, code.place(statement)
    return None


def _on_cpu(record: CellRecord) -> tuple[set[str], set[str]]:
    """Variables that hold tensors, and those that hold modules; all of them are on the CPU."""
    placement = record.placement
    if placement is None:
        return set(), set()
    tensors = {root_of(tensor.path) for tensor in placement.tensors}
    return tensors, {root_of(module.path) for module in placement.modules if module.devices}

"""What it takes to move a model, and what it is called with, to an accelerator that was idle."""

from __future__ import annotations

from ... import fixes
from ...record import Fix, Placement
from ...words import enumerate_words
from ..text.batches import Batch, Unclear, batches_of
from ..text.makers import made_at
from ..text.names import root_of
from ..text.program import Site
from .devices import names_of, taken_names
from .idle import Idle


def relocate(idle: Idle, load: Site | None = None) -> Fix:
    """Move the model below its making, or by its ``load``, and batches at the top of their loops.

    Raises CannotFix where another call of the model takes its inputs from elsewhere, where results
    go on to NumPy, or where the text leaves anything else open.
    """
    program, name = idle.program, idle.root.name
    record = program.record
    try:
        maker = made_at(program, name)
        if maker is None:
            raise Unclear(f"No cell makes `{name}` at top level: move it and its inputs by hand.")
        named = names_of(record, f"{idle.accelerator}:0")
        taken = taken_names(program, named)
        if taken and not named:
            names = enumerate_words(sorted(taken))
            raise Unclear(f"{names} may stand for another device: move by hand.")
        batches = _batches(idle)
    except Unclear as reason:
        raise fixes.to_device.CannotFix(str(reason)) from None
    cell, place = maker
    return fixes.to_device.move_model(
        fixes.to_device.Maker(
            cell.source,
            cell.cell_id,
            place,
            load.call.place if load is not None and load.record is cell else None,
        ),
        name,
        [
            fixes.to_device.NewBatch(batch.source, batch.cell_id, batch.place, batch.names)
            for batch in batches
        ],
        named=named,
        taken=taken,
        torch_name=record.placement.torch_name if record.placement is not None else None,
        accelerator=idle.accelerator,
    )


def _batches(idle: Idle) -> list[Batch]:
    """All that the model is called with, in whatever cell; raises `Unclear`."""
    program, name = idle.program, idle.root.name
    loaders = {each.variable for run in program.runs for each in run.data_loading}
    # All of these are on the CPU.
    placement = program.record.placement or Placement()
    tensors = {root_of(tensor.path) for tensor in placement.tensors}
    modules = {root_of(module.path) for module in placement.modules if module.devices}
    batches = [
        batch
        for cell in program.cells
        if name in cell.source
        for batch in batches_of(cell, name, loaders, (tensors | modules) - {name}, tensors)
    ]
    if not batches:
        raise Unclear(f"No loop over a data loader passes `{name}` its inputs: move by hand.")
    return batches

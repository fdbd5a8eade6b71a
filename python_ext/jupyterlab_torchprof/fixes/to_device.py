"""Move a model to a device where it is made, and its batches where they come in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from ..record import Fix
from .device import name_device
from .rewrite import CannotFix, Place, Rewrite, combine

__all__ = ["CannotFix", "Maker", "NewBatch", "move_model"]


@dataclass(frozen=True, slots=True)
class Maker:
    """The statement at top level that binds the model."""

    source: str
    cell_id: str | None
    place: Place
    load: Place | None = None
    """The ``torch.load`` in it that puts the model on the CPU."""


@dataclass(frozen=True, slots=True)
class NewBatch:
    """The first statement in the body of a loop, and the names that the loop binds to tensors."""

    source: str
    cell_id: str | None
    place: Place
    names: list[str]


def move_model(
    maker: Maker,
    name: str,
    batches: Sequence[NewBatch],
    *,
    named: Mapping[str, str] | None = None,
    taken: Collection[str] = (),
    torch_name: str | None = None,
    accelerator: str = "cuda",
) -> Fix:
    """Write ``name = name.to(device)`` below ``maker``, and move batches at the top of loops.

    A model that is loaded gets the device as ``map_location`` instead.

    See `name_device` for the other arguments. Raises CannotFix, with the reason, where that is
    not possible.
    """
    rewrite = Rewrite(maker.source, maker.cell_id)
    rewrites = {maker.cell_id: rewrite}
    statement = rewrite.find(cst.Assign, maker.place)
    device = name_device(
        rewrite,
        statement,
        named=named or {},
        taken=taken,
        torch_name=torch_name,
        accelerator=accelerator,
    )
    if maker.load is not None:
        call = rewrite.call(maker.load)
        positional = [argument for argument in call.args if argument.keyword is None]
        if len(positional) > 1:
            rewrite.replace(positional[1].value, device)
        else:
            rewrite.set_argument(call, "map_location", device)
    else:
        # Bound again rather than called alone: as the last line of a cell it would be displayed.
        rewrite.add_line_below(statement, f"{name} = {name}.to({device})")
    for batch in batches:
        if batch.cell_id not in rewrites:
            rewrites[batch.cell_id] = Rewrite(batch.source, batch.cell_id)
        rewrite = rewrites[batch.cell_id]
        first = rewrite.find(cst.BaseSmallStatement, batch.place)  # type: ignore[type-abstract]
        moved = ", ".join(f"{each}.to({device})" for each in batch.names)
        rewrite.add_line_above(first, f"{', '.join(batch.names)} = {moved}")
    return combine(f"Move {name} and its batches to {device}", list(rewrites.values()))

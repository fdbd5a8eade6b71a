"""Changes of the line that makes a model, where the advice is about its forwards."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ...record import CellRecord
from ..grammar import Case, Remedy
from ..text.code import Place


def write_below(
    case: Case, maker: tuple[CellRecord, Place], statement: str, title: str
) -> Callable[[], Remedy]:
    """Write a statement below the one that makes a model; ``{torch}`` in it is the module."""
    cell, place = maker
    return case.edit(
        lambda: fixes.models.add_below(
            cell.source,
            place,
            statement,
            title,
            torch_name=case.placement.torch_name,
            cell_id=cell.cell_id,
        ),
        lines=[place.line],
        code=cell,
    )

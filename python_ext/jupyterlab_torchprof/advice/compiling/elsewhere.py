"""Changes of other lines than those of the forwards that the advice is about."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ...record import CellRecord, Fix, Forwards
from ..grammar import Case, Remedy
from ..text.code import Place


def edit_elsewhere(
    case: Case, change: Callable[[], tuple[Fix, int]], cell: CellRecord, entry: Forwards
) -> Callable[[], Remedy]:
    """Change a line of ``cell``, which is then what the advice points at; else it is the forwards.

    ``change`` returns the line, too, and raises CannotFix as for `Case.edit`.
    """

    def changed() -> Remedy:
        from ...fixes.cell import CannotFix  # libcst takes a while to import

        try:
            fix, line = change()
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines_of(entry))
        return Remedy(fix=fix, lines=[line], code=None if cell is case.record else cell)

    return changed


def write_below(
    case: Case, maker: tuple[CellRecord, Place], statement: str, title: str, entry: Forwards
) -> Callable[[], Remedy]:
    """Write a statement below the one that makes a model; ``{torch}`` in it is the module."""
    cell, place = maker

    def change() -> tuple[Fix, int]:
        fix = fixes.models.add_below(
            cell.source,
            place,
            statement,
            title,
            torch_name=case.placement.torch_name,
            cell_id=cell.cell_id,
        )
        return fix, place.line

    return edit_elsewhere(case, change, cell, entry)


def lines_of(entry: Forwards) -> list[int]:
    """The line that forwards began on, if it is known."""
    return [entry.line] if entry.line else []

"""Changes of other lines than those of the forwards that the advice is about."""

from __future__ import annotations

from collections.abc import Callable

from ...record import CellRecord, Fix, Forwards
from ..grammar import Case, Remedy


def edit_elsewhere(
    case: Case,
    change: Callable[[], Fix],
    entry: Forwards,
    *,
    lines: list[int],
    code: CellRecord,
) -> Callable[[], Remedy]:
    """Change ``lines`` of ``code``; where that is refused, the advice is at the forwards."""
    edit = case.edit(change, lines=lines, code=code)

    def changed() -> Remedy:
        remedy = edit()
        if remedy.fix is not None:
            return remedy
        return case.by_hand(remedy.refusal, lines=lines_of(entry))()

    return changed


def lines_of(entry: Forwards) -> list[int]:
    """The line that forwards began on, if it is known."""
    return [entry.line] if entry.line else []

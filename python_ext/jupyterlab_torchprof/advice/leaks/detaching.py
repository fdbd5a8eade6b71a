"""What is done about values that a loop gathers: they are let go of where they are added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from ... import fixes
from ..grammar import Case, Remedy
from ..text.filling import Gathered


def detach_gathered(
    case: Case,
    sites: Sequence[Gathered],
    suffix: Literal[".detach()", ".cpu()", ".detach().cpu()"],
) -> Callable[[], Remedy]:
    """Gather each value with the suffix; ``sites`` stand in one cell."""
    record = sites[0].record
    places = [site.gather.place for site in sites]
    return case.edit(
        lambda: fixes.detach.detach_values(record.source, places, suffix, cell_id=record.cell_id),
        lines=[place.line for place in places],
        code=record,
    )

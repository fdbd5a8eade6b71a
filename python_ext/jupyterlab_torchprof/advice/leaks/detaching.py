"""What is done about values that a loop gathers: they are let go of where they are added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from ... import fixes
from ...record import CellRecord, FileText
from ..grammar import Case, Remedy
from ..text.code import Place


def detach_gathered(
    case: Case,
    code: CellRecord | FileText,
    values: Sequence[Place],
    suffix: Literal[".detach()", ".cpu()", ".detach().cpu()"],
) -> Callable[[], Remedy]:
    """Gather each of the values, which stand in one cell or module, with the suffix."""
    cell_id = code.cell_id if isinstance(code, CellRecord) else None
    return case.edit(
        lambda: fixes.detach.detach_values(code.source, values, suffix, cell_id=cell_id),
        lines=[place.line for place in values],
        code=code,
    )

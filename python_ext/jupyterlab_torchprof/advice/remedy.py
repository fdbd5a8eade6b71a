"""What can be done about a finding."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..record import Action, CellRecord, Fix


@dataclass(frozen=True, slots=True)
class Remedy:
    """A fix, or why there is none; the lines that the advice is about; what the kernel can do."""

    fix: Fix | None = None
    refusal: str | None = None
    lines: list[int] = field(default_factory=list)
    """Lines, from one, of the cell that ran, or of ``code``."""
    code: CellRecord | None = None
    """The latest run of the cell that ``lines`` count in, if that is not the cell that ran."""
    actions: list[Action] = field(default_factory=list)

"""Observes where the tensors live that the namespace can reach when the cell has ended."""

from __future__ import annotations

from typing import ClassVar

from ..record import CellRecord
from .base import CellRun, Probe
from .objects.survey import survey


class PlacementProbe(Probe):
    """Writes ``placement``."""

    name: ClassVar[str] = "placement"
    needs_torch: ClassVar[bool] = True

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Walk the namespace, unless another probe of this run has done it."""
        found = survey(run)
        record.placement = None if found is None else found.placement

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
        if found is None:
            return
        record.placement = found.placement
        if run.local_modules is not None:
            record.placement.local_modules = run.local_modules.found(found)
        failure = found.failures.first
        if failure is not None:
            self.health.failed(self.name, failure)

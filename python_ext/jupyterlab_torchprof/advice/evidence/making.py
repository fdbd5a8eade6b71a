"""Where an object of a run was made, as a call of the notebook's text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...record import CellRecord, Made
from ..text.program import Program, Site, cell_key


def sites_at(made: Made | None, sites: Iterable[Site]) -> list[Site]:
    """Those calls that stand where it was made, in the cell of this text that ran last."""
    if made is None or made.line is None:
        return []
    found = [
        site
        for site in sites
        if site.record.source_hash == made.source_hash and site.call.line == made.line
    ]
    return [site for site in found if site.record is found[0].record]


def cell_that_makes(
    made: Made | None, program: Program, history: Sequence[CellRecord]
) -> CellRecord | None:
    """The cell whose run made it, if that has the same text still."""
    run = next((run for run in history if made is not None and run.run_id == made.run_id), None)
    if run is None:
        return None
    key, text = cell_key(run), run.source_hash
    same = (cell for cell in program.cells if cell_key(cell) == key and cell.source_hash == text)
    return next(same, None)

"""The processes that a run has started together, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from ..derive import main_memory, own_line
from ..quote import short
from ..ranks.told import (
    EXITS,
    are_ranks,
    communication_s,
    count_text,
    late_rank,
    late_text,
    name_of,
)
from ..record import CellRecord, RankRun
from ..units import format_bytes, format_percent, format_seconds
from .places import at_text

_LISTED = 8


def ranks_texts(cells: Sequence[CellRecord], record: CellRecord) -> list[tuple[str, str]]:
    """A title and a line each: all together, then one by one. ``cells``: of the session."""
    ranks = record.ranks
    if not ranks:
        return []
    parts = [count_text(ranks)]
    for exit_, word in EXITS.items():
        count = sum(run.exit == exit_ for run in ranks)
        if count and exit_ != "ok":
            parts.append(f"{count} {word}")
    late = late_rank(ranks)
    if late is not None and late.lateness is not None:
        lateness = late.lateness
        parts.append(
            f"{late_text(late)} at"
            f" {format_percent(lateness.late_share)} of {lateness.collectives} collectives:"
            " the others waited for it"
        )
    rows = [("ranks" if are_ranks(ranks) else "processes", ", ".join(parts))]
    rows += [(name_of(run), _of_one(cells, run)) for run in ranks[:_LISTED]]
    if len(ranks) > _LISTED:
        rows.append(("", f"and {len(ranks) - _LISTED} more"))
    return rows


def _of_one(cells: Sequence[CellRecord], run: RankRun) -> str:
    record = run.record
    parts = [format_seconds(record.duration_s)]
    if run.exit != "ok":
        parts.append(EXITS[run.exit])
    if record.error is not None:
        told = (record.error.name, record.error.message)
        parts.append(": ".join(short(part) for part in told if part))
    if record.grad is not None and record.grad.optimizer_steps:
        steps = record.grad.optimizer_steps
        parts.append("1 step" if steps == 1 else f"{steps} steps")
    communication = communication_s(run)
    if communication is not None:
        parts.append(f"communication {format_seconds(communication)} of a step")
    peak = main_memory(record)
    if peak is not None:
        parts.append(f"peak {format_bytes(peak.peak_bytes)} of {short(peak.device)}")
    if run.waiting is not None:
        parts.append(f"waited in {short(run.waiting.name.rpartition(':')[2])}")
    if run.openmp_wait_s is not None:
        parts.append("waited for threads that a fork has not copied")
    place = own_line(record, run.last_place)
    if place is not None:
        parts.append(f"last seen {at_text(cells, record, place)}")
    return ", ".join(parts)

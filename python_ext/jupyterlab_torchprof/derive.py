"""What follows from a record; the same rules as the front end's ``src/record/derive.ts``."""

from __future__ import annotations

from .record import CellRecord, MemoryEntry, Session


def main_memory(record: CellRecord) -> MemoryEntry | None:
    """Memory of the device that the work is on.

    The accelerator with the highest peak, else the host.
    """
    used = [entry for entry in record.memory if entry.device != "host" and entry.peak_bytes > 0]
    host = (entry for entry in record.memory if entry.device == "host")
    return max(used, key=lambda entry: entry.peak_bytes) if used else next(host, None)


def memory_delta(entry: MemoryEntry) -> int:
    """What the cell left behind, in bytes: after minus before."""
    return entry.allocated_after_bytes - entry.allocated_before_bytes


def latest_runs(session: Session) -> list[CellRecord]:
    """The latest run of each cell, cells in the order in which they first ran.

    Runs without a cell id each stand for themselves.
    """
    latest: dict[tuple[str, str], CellRecord] = {}
    for record in session.cells:
        named = record.cell_id is not None
        latest["cell" if named else "run", record.cell_id or record.run_id] = record
    return list(latest.values())

"""What follows from a record; the same rules as the front end's ``src/record/derive.ts``."""

from __future__ import annotations

from .record import CellRecord, MemoryEntry, Place, Session

_MOST_PLACES = 2000
"""Places of a run that are looked at; a kernel keeps 500."""


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


def line_of(record: CellRecord, place: int | None) -> int | None:
    """The line of the record's own text from which a place was reached, from one.

    That is where the outermost node above it stands. ``None``: there is no such line, as of what
    another thread did.
    """
    places = record.places
    while place is not None and 0 <= place < len(places):
        node = places[place]
        if node.parent is None:
            return node.line if node.source_hash == record.source_hash else None
        place = node.parent if node.parent < place else None
    return None


def library_of(record: CellRecord, place: int | None) -> str | None:
    """The library that did what happened at a place; ``None``: the user's own line did.

    PyTorch's methods between that line and what happened are no such library.
    """
    places = record.places
    while place is not None and 0 <= place < len(places):
        node = places[place]
        if node.kind != "library":
            return None
        if node.package not in (None, "torch"):
            return node.package
        place = node.parent if node.parent is not None and node.parent < place else None
    return None


def own_line(record: CellRecord, place: int | None) -> Place | None:
    """The user's own line that a place is, or the last on the way to it; ``None``: none is."""
    places = record.places
    while place is not None and 0 <= place < len(places):
        node = places[place]
        if _is_own(node):
            return node
        place = node.parent if node.parent is not None and node.parent < place else None
    return None


def own_lines(record: CellRecord) -> list[tuple[Place, Place | None]]:
    """Each place of a run with the last line of the user's own on the way to it.

    A place whose parent does not stand before it is left out with all below it.
    """
    found: list[tuple[Place, Place | None] | None] = []
    for index, place in enumerate(record.places[:_MOST_PLACES]):
        parent = place.parent
        above = found[parent] if parent is not None and 0 <= parent < index else None
        if parent is not None and above is None:
            found.append(None)
        elif _is_own(place):
            found.append((place, place))
        else:
            found.append((place, None if above is None else above[1]))
    return [each for each in found if each is not None]


def _is_own(place: Place) -> bool:
    return place.kind in ("cell", "file") and place.line is not None and place.line > 0

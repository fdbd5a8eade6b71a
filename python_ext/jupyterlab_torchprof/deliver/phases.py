"""What a run's time was spent for, in one sentence.

``src/record/phases.ts`` and ``src/views/places/phase-words.ts`` are the twins in the front end;
one fixture holds both to the same words.
"""

from __future__ import annotations

from ..record import PHASES, CellRecord
from ..units import format_percent
from .places import library_text

_LEAST = 0.005
"""A smaller share is not told."""
_MOSTLY = 0.8
"""The call that had this part of the looks is named."""


def phase_shares(record: CellRecord) -> list[tuple[str, float]]:
    """Name and share of each phase, then of the rest as ``"other"``; empty if none is known."""
    known = [(name, _share(record.phases.get(name, 0.0))) for name in PHASES]
    rest = 1 - sum(share for _name, share in known)
    if not any(share for _name, share in known) or rest < -_LEAST:
        return []
    return [(name, share) for name, share in (*known, ("other", rest)) if share >= _LEAST]


def phases_text(record: CellRecord) -> str:
    """``"transformers · Trainer.train: data 11%, forward 32%, … other 4%"``; empty: not known."""
    shares = phase_shares(record)
    words = ", ".join(f"{name} {format_percent(share)}" for name, share in shares)
    call = _long_call(record) if words else None
    return f"{call}: {words}" if call else words


def _long_call(record: CellRecord) -> str | None:
    """The library's function that a line of the cell called and that had nearly all of the time."""
    looks = [max(0, place.samples) for place in record.places]
    for index in range(len(looks) - 1, -1, -1):
        parent = record.places[index].parent
        if parent is not None and 0 <= parent < index:
            looks[parent] += looks[index]
    for index, place in enumerate(record.places):
        parent = place.parent
        if place.kind != "library" or parent is None or not 0 <= parent < index:
            continue
        above = record.places[parent]
        is_called_by_line = above.parent is None and above.kind == "cell"
        if is_called_by_line and looks[index] >= _MOSTLY * max(record.stack_samples, 1):
            return library_text(place.package, place.function)
    return None


def _share(value: float) -> float:
    return value if 0 <= value <= 1 else 0.0

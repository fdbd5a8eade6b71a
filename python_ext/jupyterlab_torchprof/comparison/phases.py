"""What more or less time was spent for in another run: data, forward, backward and so on.

``src/record/compare-phases.ts`` is the twin in the front end; one fixture holds both to the same.
What is noise is said where places are compared, whose looks these are as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..deliver.phases import phase_shares
from ..record import CellRecord
from ..units import format_seconds
from .noise import is_chance


@dataclass(slots=True)
class PhaseChange:
    """A phase that took another time, in seconds."""

    phase: str
    """As in `record.PHASES`, or ``"other"``."""
    before: float = 0.0
    after: float = 0.0
    variance: float = 0.0

    def text(self) -> str:
        """``"data took 2.1 s, before 0.7 s"``."""
        times = f"took {format_seconds(self.after)}, before {format_seconds(self.before)}"
        return f"{self.phase} {times}"


def phase_changes(pairs: Iterable[tuple[CellRecord, CellRecord]]) -> list[PhaseChange]:
    """Phases whose time changed by more than noise, what changed most first.

    ``pairs`` are runs of a cell, the earlier one first. Those of which one did not end well or has
    no phases are left out.
    """
    changes: dict[str, PhaseChange] = {}
    for before, after in pairs:
        if before.status != "ok" or after.status != "ok":
            continue
        old, now = dict(phase_shares(before)), dict(phase_shares(after))
        if not old or not now:
            continue
        for phase in dict.fromkeys((*old, *now)):
            change = changes.setdefault(phase, PhaseChange(phase))
            change.before += before.duration_s * old.get(phase, 0.0)
            change.after += after.duration_s * now.get(phase, 0.0)
            change.variance += _variance(before, old.get(phase, 0.0))
            change.variance += _variance(after, now.get(phase, 0.0))
    found = [
        change
        for change in changes.values()
        if not is_chance(change.before, change.after, change.variance)
    ]
    return sorted(found, key=lambda change: -abs(change.after - change.before))


def _variance(record: CellRecord, share: float) -> float:
    """Of a phase's seconds, by the chance with which a look meets it."""
    looks = max(record.stack_samples, 1)
    likely = (share * looks + 1) / (looks + 2)
    return float(record.duration_s**2 * likely * (1 - likely) / looks)

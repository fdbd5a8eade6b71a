"""What stood at the peak of a window, by the lines that made it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ...record import DeepHeld, DeepMemory
from .blocks import Peak
from .marks import Marks
from .steps import Span

MOST_HELD = 50
_LEAST_BYTES = 1024


def memory_of(
    peak: Peak, lines: Marks[int | None], spans: Sequence[Span], started_ns: int
) -> DeepMemory:
    """The peak of a device. ``spans``: what the cell's thread did when."""
    begins = [begin for begin, _end, _phase in spans]
    held: dict[tuple[int | None, str], DeepHeld] = {}
    for at_ns, nbytes in peak.blocks:
        index = bisect_right(begins, at_ns) - 1
        phase = spans[index][2] if index >= 0 and at_ns < spans[index][1] else "other"
        # The line that calls a backward makes nothing of its own.
        place = None if phase == "backward" else lines.at(at_ns)
        entry = held.setdefault(
            (place, phase), DeepHeld(place=place, phase=phase, held_bytes=0, blocks=0)
        )
        entry.held_bytes += nbytes
        entry.blocks += 1
    largest = sorted(held.values(), key=lambda entry: -entry.held_bytes)
    return DeepMemory(
        device=peak.device,
        peak_bytes=peak.nbytes,
        peak_s=max(0.0, (peak.at_ns - started_ns) / 1e9),
        end_bytes=peak.end_nbytes,
        held=[entry for entry in largest if entry.held_bytes >= _LEAST_BYTES][:MOST_HELD],
    )

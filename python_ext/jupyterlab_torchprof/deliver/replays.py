"""What was tried on recorded work, in words.

``src/views/deep/work-words.ts`` is the twin in the front end; one fixture holds both to the same
sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..advice.evidence.deep import speedup
from ..quote import short
from ..record import CellRecord, DeepReplay
from ..units import format_seconds
from ..words import count_of
from .places import at_text

_WAYS = {
    "bfloat16": "in bfloat16",
    "padded": "with padded sizes",
    "channels_last": "with channels last",
    "no_copy": "without the copy",
}


def replay_texts(cells: Sequence[CellRecord], record: CellRecord) -> Iterator[str]:
    """``"aten::mm on line 3: 3.1 ms → 1.4 ms in bfloat16, 2.2 times faster"``."""
    for work in record.deep.work if record.deep is not None else ():
        place = record.places[work.place] if work.place is not None else None
        where = "" if place is None else f" {at_text(cells, record, place)}"
        for replay in work.replays:
            yield f"{short(work.name, 60)}{where}: {replay_text(replay)}"


def replay_text(replay: DeepReplay) -> str:
    """``"3.1 ms → 1.4 ms in bfloat16, 2.2 times faster"``."""
    before, after = _call_time(replay.original_s), _call_time(replay.alternative_s)
    return f"{before} → {after} {_way(replay)}, {_gain(speedup(replay))}"


def _way(replay: DeepReplay) -> str:
    if replay.alternative == "fewer_threads":
        return f"with {count_of(max(1, replay.threads // 2), 'thread')}"
    return _WAYS.get(replay.alternative, "fused")


def _gain(times: float) -> str:
    if times == 1.0:
        return "within the noise"
    return f"{_few(times)} times faster" if times > 1 else f"{_few(1 / times)} times slower"


def _call_time(seconds: float) -> str:
    """Calls of operators may take microseconds."""
    return format_seconds(seconds) if seconds >= 1e-3 else f"{_few(1e6 * seconds)} µs"


def _few(value: float) -> str:
    """Two digits that count."""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"

"""The peak of a step by what it is for, and with a batch of twice the size, in words.

``src/record/what-if.ts`` reckons in the same way, with whatever the reader types.
"""

from __future__ import annotations

from ..quote import short
from ..record import DeepCheckpoint, DeepMemory, DeepMoment, DeepPart, DeepProfile
from ..units import format_bytes, format_seconds
from ..words import count_of

_HOST = "cpu"
_LISTED = 4
_SAME = 0.02
"""A range that is narrower than this part of itself is one number."""
_HIGHEST = 8
_NAMES = {"optimizer": "optimizer state", "before": "from before", "kept": "kept after the step"}


def growth_text(deep: DeepProfile) -> str | None:
    """``"In all 14 MiB at the peak of a step on cuda:0: 6.4 MiB activations, …; 25 MiB with …"``.

    ``None``: nothing is known of it.
    """
    told = [memory for memory in deep.memory if memory.moments]
    on_devices = [memory for memory in told if memory.device != _HOST] or told
    if not on_devices:
        return None
    memory = max(on_devices, key=lambda each: _whole(each.moments[0]))
    peak = memory.moments[0]
    sums: dict[str, int] = {}
    for part in peak.parts:
        sums[part.category] = sums.get(part.category, 0) + part.held_bytes
    largest = sorted(sums.items(), key=lambda item: -item[1])[:_LISTED]
    parts = ", ".join(
        f"{format_bytes(nbytes)} {_NAMES.get(name, short(name, 20))}" for name, nbytes in largest
    )
    said = (
        f"In all {format_bytes(_whole(peak))} at the peak of a step on {short(memory.device, 40)}"
    )
    batch = deep.batch_size
    said = f"{said}: {parts}"
    if batch is not None and batch > 1:
        said = f"{said}; {_twice(memory)} with a batch of {2 * batch}"
    ways = (each for each in memory.checkpoints if each.modules and each.moments and each.least)
    way = next(ways, None)
    return said if way is None else f"{said}; {_checkpointed(way)}"


def _whole(moment: DeepMoment) -> int:
    return sum(part.held_bytes for part in moment.parts)


def _twice(memory: DeepMemory) -> str:
    least = max(sum(_grown(part, part.batch) for part in each.parts) for each in memory.moments)
    most = max(sum(_grown(part, _highest(part)) for part in each.parts) for each in memory.moments)
    return _range(least, most)


def _checkpointed(way: DeepCheckpoint) -> str:
    """``"between 9 MiB and 11 MiB with checkpoints of Net.0 and 3 other modules, …"``.

    ``src/views/deep/checkpoint-words.ts`` says it, too.
    """
    first, rest = short(way.modules[0], 60), len(way.modules) - 1
    beside = f" and {count_of(rest, 'other module')}" if rest else ""
    least, most = (max(map(_whole, each)) for each in (way.least, way.moments))
    return (
        f"{_range(least, most)} with checkpoints of {first}{beside}, "
        f"{format_seconds(way.again_s)} of forwards twice"
    )


def _range(least: int, most: int) -> str:
    if most - least <= _SAME * most:
        return format_bytes(most)
    return f"between {format_bytes(least)} and {format_bytes(most)}"


def _highest(part: DeepPart) -> int:
    return part.batch if part.most_batch is None else part.most_batch


def _grown(part: DeepPart, power: int) -> int:
    return part.held_bytes << min(max(power, 0), _HIGHEST)

"""What the samples say of each line of the cell that ran: a pure function of its places."""

from __future__ import annotations

from collections import Counter

from ..record import CellRecord, LineCost

ENOUGH = 10
"""Fewer looks than this say nothing of a line."""


def line_costs(record: CellRecord) -> list[LineCost]:
    """Share of the looks and growth of memory by line, with all that it called, costliest first.

    Looks that met no place (the cell awaited something) count in the whole, so the shares may add
    up to less than one.
    """
    if record.stack_samples < ENOUGH:
        return []
    looks: Counter[int] = Counter()
    host: Counter[int] = Counter()
    devices: Counter[int] = Counter()
    lines: list[int | None] = []
    for place in record.places:
        own = place.line if place.kind == "cell" else None
        line = own if place.parent is None else lines[place.parent]
        lines.append(line)
        if line is not None and place.samples:
            looks[line] += place.samples
            host[line] += place.host_growth_bytes
            devices[line] += sum(place.device_growth_bytes.values())
    return [
        LineCost(
            line=line,
            time_share=count / record.stack_samples,
            host_growth_bytes=host[line],
            device_growth_bytes=devices[line],
        )
        for line, count in looks.most_common()
    ]

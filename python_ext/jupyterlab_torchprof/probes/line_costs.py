"""What the samples say of each line: a pure function of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..record import LineCost, Sample

ENOUGH = 10
"""Fewer samples than this say nothing of a line."""


def line_costs(samples: Sequence[Sample]) -> list[LineCost]:
    """Share of the samples and growth of memory by line, costliest first.

    ``samples`` are evenly spaced ticks. Those outside any line (the cell awaited something) count
    in the whole, so the shares may add up to less than one.
    """
    if len(samples) < ENOUGH:
        return []
    ticks: Counter[int] = Counter()
    host: Counter[int] = Counter()
    devices: Counter[int] = Counter()
    previous: Sample | None = None
    for sample in samples:
        if sample.line is not None:
            ticks[sample.line] += 1
            if previous is not None and previous.line == sample.line:
                host[sample.line] += sample.host_bytes - previous.host_bytes
                devices[sample.line] += sum(sample.devices.values()) - sum(
                    previous.devices.values()
                )
        previous = sample
    return [
        LineCost(
            line=line,
            time_share=count / len(samples),
            host_growth_bytes=host[line],
            device_growth_bytes=devices[line],
        )
        for line, count in ticks.most_common()
    ]

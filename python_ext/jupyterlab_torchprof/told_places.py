"""Places of documents from before format 1.4, which knew lines of the running cell only.

Each line becomes a node of its own, so that readers need to know but one form.
``src/record/told-places.ts`` is the twin in the front end; one fixture holds both to the same.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from itertools import pairwise

from .record import CellRecord, Place, Sample

_LINES = 1000
"""Lines of a run that are taken over."""
_TOLD_FROM = 10
"""Looks from which on kernels told of lines, ten a second."""


def tell_places(record: CellRecord) -> None:
    """Give a run that has lines but no places a place for each of them."""
    if record.places or record.stack_samples > 0:
        return
    looks = _looks(record)
    if not record.lines:
        counts = _count(looks)
        if counts:
            record.places = [_root(record, line, samples) for line, samples in counts.items()]
            record.stack_samples = len(looks)
        return
    total = max(len(looks), _TOLD_FROM)
    grown = _device_growth(record.samples)
    for cost in record.lines[:_LINES]:
        share = min(1.0, max(0.0, cost.time_share))
        place = _root(record, cost.line, math.floor(share * total + 0.5))
        place.host_growth_bytes = cost.host_growth_bytes
        place.device_growth_bytes = {
            device: size for device, size in grown[cost.line].items() if size
        }
        record.places.append(place)
    record.stack_samples = total


def _root(record: CellRecord, line: int, samples: int) -> Place:
    return Place(
        parent=None, kind="cell", source_hash=record.source_hash, line=line, samples=samples
    )


def _looks(record: CellRecord) -> list[Sample]:
    """Samples at which was looked.

    The first and last may be readings before and after the cell.
    """
    last = len(record.samples) - 1
    return [
        sample
        for index, sample in enumerate(record.samples)
        if sample.line is not None
        or not (
            (index == 0 and sample.t_s == 0) or (index == last and sample.t_s >= record.duration_s)
        )
    ]


def _count(looks: list[Sample]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for sample in looks:
        line = sample.line
        if line is not None and (line in counts or len(counts) < _LINES):
            counts[line] += 1
    return counts


def _device_growth(samples: list[Sample]) -> defaultdict[int, Counter[str]]:
    """Growth by line and device, between samples that follow each other in one line."""
    grown: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for before, sample in pairwise(samples):
        if sample.line is not None and sample.line == before.line:
            for device, size in sample.devices.items():
                grown[sample.line][device] += size - before.devices.get(device, size)
    return grown

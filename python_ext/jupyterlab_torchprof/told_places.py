"""Places of documents from before format 1.4, which knew lines of the running cell only.

Each line becomes a node of its own, so that readers need to know but one form.
``src/record/told-places.ts`` is the twin in the front end; one fixture holds both to the same.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any, TypeGuard

LINES = 1000
"""Lines of a run that are taken over."""
_TOLD_FROM = 10
"""Looks from which on kernels told of lines, ten a second."""

Plain = dict[str, Any]
"""An object of the JSON, whose form has been checked but for what today's form does not have."""


def tell_places(record: Plain) -> None:
    """Give a run that has lines but no places a place for each of them."""
    if record.get("places") or record.get("stack_samples", 0) > 0:
        return
    looks = _looks(record)
    lines = record.get("lines", [])[:LINES]
    if not lines:
        counts = _count(looks)
        if counts:
            record["places"] = [root(record, line, samples=n) for line, n in counts.items()]
            record["stack_samples"] = len(looks)
        return
    total = max(len(looks), _TOLD_FROM)
    grown = _device_growth(record.get("samples", []))
    record["places"] = [
        root(
            record,
            cost["line"],
            samples=math.floor(min(1.0, max(0.0, cost["time_share"])) * total + 0.5),
            host_growth_bytes=cost["host_growth_bytes"],
            device_growth_bytes={name: size for name, size in grown[cost["line"]].items() if size},
        )
        for cost in lines
    ]
    record["stack_samples"] = total


def root(record: Plain, line: int, **seen: Any) -> Plain:
    """A place that is a line of the running cell."""
    own = record["source_hash"]
    return {"parent": None, "kind": "cell", "source_hash": own, "line": line, **seen}


def line_in(event: Plain, name: str = "line") -> int | None:
    """The line that an event tells, if it is one."""
    line = event.get(name)
    return line if is_line(line) else None


def is_line(value: object) -> TypeGuard[int]:
    """Whether it is a number of a line."""
    return type(value) is int and value > 0


def _looks(record: Plain) -> list[Plain]:
    """Samples at which was looked.

    The first and last may be readings before and after the cell.
    """
    samples = record.get("samples", [])
    last = len(samples) - 1
    return [
        sample
        for index, sample in enumerate(samples)
        if line_in(sample) is not None
        or not (
            (index == 0 and sample["t_s"] == 0)
            or (index == last and sample["t_s"] >= record["duration_s"])
        )
    ]


def _count(looks: list[Plain]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for sample in looks:
        line = line_in(sample)
        if line is not None and (line in counts or len(counts) < LINES):
            counts[line] += 1
    return counts


def _device_growth(samples: list[Plain]) -> defaultdict[int, Counter[str]]:
    """Growth by line and device, between samples that follow each other in one line."""
    grown: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for before, sample in pairwise(samples):
        line = line_in(sample)
        if line is not None and line == line_in(before):
            for device, size in sample.get("devices", {}).items():
                grown[line][device] += size - before.get("devices", {}).get(device, size)
    return grown

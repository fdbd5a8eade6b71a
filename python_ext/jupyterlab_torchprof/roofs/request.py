"""Measures the roofs that the lines of a deep profile need."""

from __future__ import annotations

from collections.abc import Iterable

from ..beside.errors import CannotMeasure
from ..messages import RoofsDone, RoofsRequest
from ..record import CellRecord, DeepProfile
from .measure import DTYPES, measure_roof

_GONE = "What was recorded is gone: profile the cell in depth again."
_MOST = 6
"""Devices and types of one profile."""


def carry_out(
    request: RoofsRequest, done: RoofsDone, history: Iterable[CellRecord]
) -> CellRecord | None:
    """Measure, and fill in the answer; returns the record that has the roofs now."""
    record = next((each for each in history if each.run_id == request.run_id), None)
    if record is None or record.deep is None:
        done.message = _GONE
        return None
    try:
        record.deep.roofs = [measure_roof(*each) for each in wanted(record.deep)]
    except CannotMeasure as refusal:
        done.message = str(refusal)
        return None
    done.message = "" if record.deep.roofs else "None of its lines computes with known numbers."
    return record


def wanted(deep: DeepProfile) -> list[tuple[str, str]]:
    """Devices and types of lines, those with most operations first."""
    flops: dict[tuple[str, str], int] = {}
    for line in deep.lines:
        if line.device is not None and line.dtype in DTYPES:
            key = (line.device, line.dtype)
            flops[key] = flops.get(key, 0) + line.flops
    return sorted(flops, key=lambda key: -flops[key])[:_MOST]

"""The phases of a run, as shares of its time."""

from __future__ import annotations

import math

from ...record import PHASES, CellRecord
from ..line_costs import line_costs
from .looks import PhaseLooks

ENOUGH_LOOKS = 50
"""Fewer looks at a run than this say too little of so many shares."""
_FEWEST = 3
"""Fewer looks than this are noise."""
_COMPUTING = ("forward", "backward", "optimizer", "evaluation")
_ERRORS = 3
_BIAS = 0.1
"""Of the time: looks come when the interpreter's lock is free, so a share may be off by this."""


def add_phases(looks: PhaseLooks, record: CellRecord) -> None:
    """Write ``phases``, when forwards and loaders are in the record."""
    total = record.stack_samples
    if total < ENOUGH_LOOKS or record.duration_s <= 0:
        return
    counts = _counts(looks, record)
    if sum(counts.get(name, 0) for name in _COMPUTING) < _FEWEST:
        return
    shares = {name: counts.get(name, 0) / total for name in PHASES}
    seen = shares["data"]
    _take_measured_wait(shares, record)
    if 0 < seen != shares["data"]:
        _weigh(looks, record, shares["data"] / seen, (1 - shares["data"]) / (1 - seen))
    record.phases = {name: round(share, 4) for name, share in shares.items() if share > 0}


def _counts(looks: PhaseLooks, record: CellRecord) -> dict[str, int]:
    counts = dict(looks.by_phase)
    forwards = dict.fromkeys(("forward", "evaluation"), 0)
    forwards["evaluation"] = counts.pop("evaluation", 0)
    ungraded = _ungraded_places(record)
    for place, number in looks.forwards.items():
        name = "evaluation" if _is_below(record, place, ungraded) else "forward"
        forwards[name] += number
    if record.grad is None or record.grad.backwards == 0:
        # Nothing was trained: there is nothing that forwards without gradients are beside.
        forwards = {"forward": forwards["forward"] + forwards["evaluation"]}
    return {**counts, **forwards}


def _ungraded_places(record: CellRecord) -> dict[int, bool]:
    """Where forwards were called from, each with whether none of them recorded gradients."""
    found: dict[int, bool] = {}
    for forward in [] if record.grad is None else record.grad.forwards:
        if forward.place is not None:
            found[forward.place] = found.get(forward.place, True) and not forward.grad
    return found


def _is_below(record: CellRecord, place: int | None, ungraded: dict[int, bool]) -> bool:
    """Whether the nearest place around that forwards were called from is one without gradients."""
    while place is not None:
        if place in ungraded:
            return ungraded[place]
        place = record.places[place].parent
    return False


def _take_measured_wait(shares: dict[str, float], record: CellRecord) -> None:
    """The time that loaders took is measured exactly: what is left goes to the others.

    Where the looks say otherwise, the measured time is of something else: of loaders of another
    thread, of a loader within a loader's dataset, of some of many loaders.
    """
    loaders = record.data_loading
    if not loaders:
        return
    measured = sum(one.wait_s + one.startup_s for one in loaders) / record.duration_s
    seen, looks = shares["data"], record.stack_samples
    likely = (seen * looks + 1) / (looks + 2)
    error = math.sqrt(likely * (1 - likely) / looks)
    if measured >= 1 or seen >= 1 or abs(measured - seen) > _BIAS + _ERRORS * error:
        return
    others = (1 - measured) / (1 - seen)
    for name, share in shares.items():
        shares[name] = measured if name == "data" else share * others


def _weigh(looks: PhaseLooks, record: CellRecord, data: float, other: float) -> None:
    """Count the looks within loaders, and the others, by what is known of the time in them.

    So the line of a loop has the share of the waits that were measured in it. The sum of all looks
    stays the same, but for those that met no place.
    """
    exact, given = 0.0, 0
    for index, place in enumerate(record.places):
        within = min(place.samples, looks.data.get(index, 0))
        exact += within * data + (place.samples - within) * other
        place.samples = round(exact) - given
        given += place.samples
    record.lines = line_costs(record)

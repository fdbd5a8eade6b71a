"""Graphs that have outlived a step of their own model.

A backward needs the parameters as they were in the forward, so it comes before the optimizer's
step. A graph that is still whole after one has no use, whatever else trains the model.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...derive import line_of
from ...record import CellRecord, PlacedModule
from .forwards import LineForwards, recording_lines
from .functions.view import run_of
from .modules import root_of_forwards
from .trainers import only_of_class, optimizers_of, trained_classes


def models_of(
    record: CellRecord, history: Sequence[CellRecord], entry: LineForwards
) -> list[PlacedModule]:
    """The models whose forwards a line began; empty if one of them is not known."""
    found: list[PlacedModule] = []
    for forwards in record.grad.forwards if record.grad is not None else ():
        if line_of(record, forwards.place) != entry.line or not forwards.grad:
            continue
        root = root_of_forwards(record, history, forwards)
        module = only_of_class(record, forwards.module) if root is None else root.module
        if module is None:
            return []
        found.append(module)
    return found


def steps_on(run: CellRecord, model: PlacedModule, *, after: float = 0.0) -> bool:
    """Whether an optimizer of the model stepped later than so many seconds into a run."""
    own = optimizers_of(run, model)
    if not after or run.grad is None:
        return bool(own)
    times = {visits.place: visits.last_s for visits in run.grad.step_places}
    return any(each.place is not None and times.get(each.place, 0.0) > after for each in own)


def has_outlived(record: CellRecord, history: Sequence[CellRecord], entry: LineForwards) -> bool:
    """Whether the run trained a line's models by other lines, stepped, and used no graph of it."""
    run = run_of(record)
    if run.grad is None or run.grad.retaining_backwards or not run.grad.optimizer_steps:
        return False  # what a backward retains is whole, too
    if not entry.graphs or "consumed" in entry.fates():
        return False
    if not trained_classes(run).issuperset(entry.modules):
        return False
    begun = _begun(record, entry)
    models = models_of(record, history, entry)
    return bool(models) and all(steps_on(run, model, after=begun) for model in models)


def has_line_outlived(record: CellRecord, history: Sequence[CellRecord], line: int) -> bool:
    """Whether that is so of what the forwards of a line recorded."""
    lines = recording_lines(record)
    return any(each.line == line and has_outlived(record, history, each) for each in lines)


def _begun(record: CellRecord, entry: LineForwards) -> float:
    """When the first of the line's forwards began, in seconds since the cell started."""
    forwards = record.grad.forwards if record.grad is not None else []
    times = [
        each.first_s
        for each in forwards
        if line_of(record, each.place) == entry.line and each.first_s is not None
    ]
    return min(times, default=float("inf"))

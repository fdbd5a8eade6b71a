"""Whether what a line computed was only looked at, although variables still keep its graph.

A graph that is still there could be used by a backward to come. It is known to be none where the
notebook's texts are all known, every cell that reads the results has run, and none of them can lead
to a backward.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ...record import CellRecord
from ..text.notebook import Later
from ..text.uses.graphs import graph_uses, modules_of
from .feeding import bound_on, may_feed_training
from .functions.view import FunctionView, run_of
from .lifetime import Fate, follow, holds_scalar
from .runs import later_runs


def names_of_results(
    record: CellRecord, history: Sequence[CellRecord], line: int
) -> set[str] | None:
    """Variables of the cell that got what a line computed; ``None``: it may be part of a training.

    Of a function's line, what its callers in the cell bind.
    """
    if may_feed_training(record, history, line):
        return None
    run, lines = run_of(record), [line]
    if isinstance(record, FunctionView):
        callers = [place for place in record.callers if place.function is None]
        if not callers or any(place.source_hash != run.source_hash for place in callers):
            return None
        lines = [place.line for place in callers if place.line is not None]
    names = bound_on(run.source, lines)
    if not names or any("." in name for name in names) or holds_scalar(run, names):
        return None
    since = [each for each in later_runs(run, history) if not isinstance(each, FunctionView)]
    course = follow(run, names, since)
    return None if course.waits or course.fate is Fate.USED else names


def are_only_looked_at(record: CellRecord, names: set[str], later: Later) -> bool:
    """Whether some cell has read the results, and no cell can want their graph.

    A shape that is printed by the cell itself is no result that was read.
    """
    run = run_of(record)
    follow_in = partial(graph_uses, own=run.source, modules=modules_of(run), imports=later.imports)
    here, there = follow_in([run.source], names), follow_in(later.texts(run), names)
    if not later.is_known or here.elsewhere or there.elsewhere:
        return False
    return (here.to_host or bool(there.readers)) and all(map(later.has_run, there.readers))

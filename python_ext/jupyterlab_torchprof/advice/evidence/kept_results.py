"""Whether what a line computed was only looked at, although variables still keep its graph.

A graph that is still there could be used by a backward to come. It is known to be none where the
notebook's texts are all known, every cell that reads the results has run, and none of them can lead
to a backward.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from functools import partial

from ...record import CellRecord
from ..text.code import read
from ..text.functions import functions_in
from ..text.notebook import Later, has_word
from ..text.uses.graphs import graph_uses, modules_of
from .feeding import bound_on, may_feed_training
from .functions.reached import caller_of, is_called_by_library
from .functions.view import FunctionView, run_of
from .lifetime import Fate, follow, holds_scalar
from .runs import later_runs

_DEEPEST = 4
"""Callers of callers that are looked at."""


def names_of_results(
    record: CellRecord, history: Sequence[CellRecord], line: int
) -> set[str] | None:
    """Variables of the cell that got what a line computed; ``None``: it may be part of a training.

    Of a function's line, what its callers in the cell bind.
    """
    if may_feed_training(record, history, line):
        return None
    run = run_of(record)
    names = _names(record, history, line)
    if not names or holds_scalar(run, names):
        return None
    since = [each for each in later_runs(run, history) if not isinstance(each, FunctionView)]
    course = follow(run, names, since)
    return None if course.waits or course.fate is Fate.USED else names


def _names(
    record: CellRecord, history: Sequence[CellRecord], line: int, depth: int = _DEEPEST
) -> set[str]:
    """Variables of the cell that a line binds; of a function's line, that its callers' lines do.

    Empty: they are not known.
    """
    own = bound_on(record.source, [line])
    if not isinstance(record, FunctionView):
        return own
    shared = own & _globals_of(record.source)
    if shared or not depth:
        return shared if shared == own else set()
    found: set[str] = set()
    for place in record.callers:
        caller = caller_of(record, place, history)
        names = set() if caller is None else _names(caller, history, place.line or 0, depth - 1)
        if not names:
            return set()
        found |= names
    return found


def _globals_of(source: str) -> set[str]:
    code = read(source) if "global" in source else None
    nodes = ast.walk(code.tree) if code is not None else ()
    return {name for node in nodes if isinstance(node, ast.Global) for name in node.names}


def are_only_looked_at(record: CellRecord, names: set[str], later: Later) -> bool:
    """Whether some cell has read the results, and no cell can want their graph.

    A shape that is printed by the cell itself, or by its function's, is no result that was read.
    """
    run = run_of(record)
    follow_in = partial(graph_uses, own=run.source, modules=modules_of(run), imports=later.imports)
    own = {run.source, record.code.source} if isinstance(record, FunctionView) else {run.source}
    others = [text for text in later.texts(run) if text not in own]
    here, there = follow_in(sorted(own), names), follow_in(others, names)
    if not later.is_known or here.elsewhere or here.returning or there.elsewhere:
        return False
    if any(has_word(text, name) for text in own for name in there.returning):
        return False
    return (here.to_host or bool(there.readers)) and all(map(later.has_run, there.readers))


def are_read_elsewhere(record: CellRecord, names: Collection[str], later: Later) -> bool:
    """Whether other cells have read what holds a run's graphs, and none can want their graph.

    The run has told all that holds them, so that it does not matter what its own text does but
    for functions that may run again.
    """
    follow_in = partial(
        graph_uses, own=record.source, modules=modules_of(record), imports=later.imports
    )
    others = [text for text in later.texts(record) if text != record.source]
    here, there = follow_in([record.source], names), follow_in(others, names)
    if not later.is_known or there.elsewhere or there.returning:
        return False
    inner = [ast.unparse(each) for each in functions_in(record.source)]
    if any(has_word(text, name.partition(".")[0]) for text in inner for name in names):
        return False
    return (here.to_host or there.to_host) and all(map(later.has_run, there.readers))


def names_in_callers(
    record: CellRecord, history: Sequence[CellRecord], depth: int = _DEEPEST
) -> set[str] | None:
    """Names by which the callers of a function may reach what it returns; of a cell there are none.

    ``None``: not all callers are known.
    """
    if not isinstance(record, FunctionView):
        return set()
    if not depth or is_called_by_library(record):
        return None
    found = {record.name}
    for place in record.callers:
        caller = caller_of(record, place, history)
        above = None if caller is None else names_in_callers(caller, history, depth - 1)
        if caller is None or above is None:
            return None
        found |= above | bound_on(caller.source, [place.line or 0])
    return found

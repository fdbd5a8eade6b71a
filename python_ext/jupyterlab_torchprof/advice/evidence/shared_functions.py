"""Functions that train in some calls and evaluate in others: ``run(model, loader, opt=None)``.

Which of the two a call does, the run tells: a backward went through the graphs of one call, and
through none of the other.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...derive import line_of
from ...record import CellRecord, Forwards, Place
from ..text.code import Call, read
from ..text.functions import arguments_of, functions_in, parameters_of
from ..text.paths import path_of
from .feeding import may_feed_training
from .forwards import fates_on
from .functions.reached import function_views, trained_lines
from .functions.view import FunctionView, run_of
from .modules import name_in_function
from .outlived import has_line_outlived


def evaluated_by(
    record: CellRecord, history: Sequence[CellRecord], entry: Forwards
) -> FunctionView | None:
    """The function that a line calls to evaluate with, and other lines to train with.

    ``None``: it is not certain. Forwards of the function go through data in a loop, and a backward
    has used those of other calls; of those of this line none was used, none can be any more, and
    the text does not lead from their results to a training.
    """
    at = _place(record, entry)
    function = None if at is None else _function_at(record, history, at)
    if at is None or function is None or at.line not in trained_lines(function, history):
        return None
    code = read(function.source)
    if code is None or not any(call.loops and call.line == at.line for call in code.calls):
        return None
    line = line_of(record, entry.place)
    if may_feed_training(record, history, line or 0):
        return None
    are_kept = entry.grad and "held" in fates_on(record, line)
    if are_kept and not has_line_outlived(record, history, line or 0):
        return None
    return function


def name_at_call(record: CellRecord, function: FunctionView, entry: Forwards) -> str | None:
    """How a line that calls a function would write the module that the function calls."""
    at = _place(record, entry)
    name = None if at is None else name_in_function(function, entry)
    call = _call_on(record, line_of(record, entry.place), function.name)
    definition = _definition(function)
    if name is None or call is None or definition is None:
        return None
    root, dot, rest = name.partition(".")
    if root == "self":
        return f"{call.receiver}{dot}{rest}" if call.receiver else None
    if root not in parameters_of(definition):
        return name
    given = dict(arguments_of(call.node, definition)).get(root)
    path = None if given is None else path_of(given)
    return None if path is None else f"{path}{dot}{rest}"


def _place(record: CellRecord, entry: Forwards) -> Place | None:
    """The user's own line that began the forwards."""
    nodes, at = run_of(record).places, entry.place
    while at is not None and nodes[at].kind == "library":
        at = nodes[at].parent
    return None if at is None else nodes[at]


def _function_at(
    record: CellRecord, history: Sequence[CellRecord], at: Place
) -> FunctionView | None:
    """The function that a place is in, if that is another than the record's."""
    where = (at.source_hash, at.function)
    if isinstance(record, FunctionView) and where == (record.code.source_hash, record.known_as):
        return None
    views = function_views(run_of(record), history)
    return next((v for v in views if (v.code.source_hash, v.known_as) == where), None)


def _call_on(record: CellRecord, line: int | None, name: str) -> Call | None:
    """The only call of a function on a line."""
    code = read(record.source)
    calls = [call for call in (code.calls if code is not None else ()) if call.line == line]
    found = [call for call in calls if call.method == name]
    return found[0] if len(found) == 1 else None


def _definition(view: FunctionView) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    found = [each for each in functions_in(view.code.source) if each.name == view.name]
    return found[0] if len(found) == 1 else None

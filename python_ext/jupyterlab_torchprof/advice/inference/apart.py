"""Whether a forward can be of an evaluation, as far as its place in the text tells."""

from __future__ import annotations

import ast

from ...record import Forwards
from ..evidence.feeding import may_feed_training
from ..evidence.forwards import trained_until
from ..evidence.functions.view import FunctionView
from ..grammar import Case
from ..grammar.case import function_of
from ..text.code import read
from ..text.first_uses import name_uses


def may_be_evaluation(case: Case, entry: Forwards, line: int, trained: int) -> bool:
    """Whether a line can be of an evaluation, as its place in the text tells.

    ``trained``: line of the last training above in the cell; 0: there is none.
    """
    if trained and not _is_apart(case, entry, line, trained):
        return False
    view = function_of(case.record)
    return view is None or _evaluates(case, view, line, trained)


def _is_apart(case: Case, entry: Forwards, line: int, trained: int) -> bool:
    """Whether the line stands below all training, or in a loop of its own and feeds none."""
    code = read(case.record.source)
    if code is None:
        return False
    around = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.stmt) and _holds(node, line) and node.lineno != line
    ]
    if not any(_holds(node, trained) for node in around):
        return True
    if not any(isinstance(node, ast.For) and not _holds(node, trained) for node in around):
        return False
    return not entry.grad or not may_feed_training(case.record, case.history, line)


def _holds(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _evaluates(case: Case, view: FunctionView, line: int, trained: int) -> bool:
    """Whether a line of a function can be of an evaluation, whoever else calls the function.

    The line calls the module itself; the function holds no training that this run left out; and
    in a run that trains elsewhere it goes through data of its own, or its results take no part in
    the training, as those of a target network do.
    """
    if line not in view.direct:
        return False
    uses = name_uses(view.source)
    if not trained and (uses is None or uses.trains or ".step(" in view.source):
        return False
    if trained or trained_until(view.run) == 0:
        return True
    code = read(view.source)
    if any(call.loops and call.line == line for call in (code.calls if code else ())):
        return True
    return not may_feed_training(view, case.history, line)

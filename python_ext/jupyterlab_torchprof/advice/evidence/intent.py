"""Signs that a model is used in training mode by intent."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from ...derive import line_of
from ...fixes.text import Text
from ...record import CellRecord, Forwards
from ..text.code import Call, read
from .forwards import trained_until
from .functions.callers import caller_texts
from .functions.reached import function_views
from .functions.view import FunctionView
from .modules import (
    called_functions,
    mode_calls,
    name_in_function,
    names_in,
    root_of_forwards,
)

_ON_PURPOSE = re.compile(
    r"\bmc\b|\bmc_|_mc\b|monte.?carlo|uncertain|bayes|epistemic|stochastic|"
    r"(enable|with|keep|use|test.?time)_?dropout|dropout_?(passes|samples|on)|update_bn|ada_?bn",
    re.IGNORECASE,
)
_TIMING = re.compile(r"\s*(?:\w+\s*=\s*)?%%?timeit\b")


def says_so(source: str) -> bool:
    """Whether names or comments speak of dropout at prediction, or of batch-norm statistics."""
    return _ON_PURPOSE.search(source) is not None


def is_on_purpose(
    record: CellRecord,
    history: Sequence[CellRecord],
    entry: Forwards,
    name: str | None,
    trained: int,
) -> bool:
    """Whether a model seems to be used in training mode by intent, as Monte Carlo dropout.

    Of a cell, the functions that it went through are looked at, too. ``name``: how the line writes
    the model, if that is known; ``trained``: line of the last training above in the cell; 0: there
    is none.
    """
    if isinstance(record, FunctionView) and _is_called_on_purpose(record, history):
        return True
    if _is_line_on_purpose(record, history, entry, name, trained):
        return True
    return not isinstance(record, FunctionView) and _is_on_purpose_below(record, history, entry)


def _is_line_on_purpose(
    record: CellRecord,
    history: Sequence[CellRecord],
    entry: Forwards,
    name: str | None,
    trained: int,
) -> bool:
    """Whether what stands above the line, on it, or in functions that it calls, says so."""
    line = line_of(record, entry.place) or 0
    if any(map(_TIMING.match, (Text(record.source).line(line), record.source))):
        return True
    functions = called_functions(record, history, line)
    if any(says_so(ast.unparse(each)) or sets_training(each) for each in functions):
        return True
    for call, training in mode_calls(record.source):
        if training and call.function is None and trained < call.line <= line:
            return True
    code = read(record.source)
    calls = [call for call in (code.calls if code is not None else ()) if call.line == line]
    if record.grad is None or not record.grad.backwards:
        names = {getattr(function, "name", "") for function in functions}
        if any(call.method in names and _is_repeated(call) for call in calls):
            return True
    return any(
        call.module == name and (_is_looked_at(call) or _is_repeated(call)) for call in calls
    )


def _is_on_purpose_below(
    record: CellRecord, history: Sequence[CellRecord], entry: Forwards
) -> bool:
    """Whether a function that the cell went through uses such a module so by intent."""
    for view in function_views(record, history):
        for each in view.grad.forwards if view.grad is not None else ():
            alike = (each.module, each.grad) == (entry.module, entry.grad) and each.training
            if alike and line_of(view, each.place) in view.direct:
                root = root_of_forwards(view, history, each)
                name = name_in_function(view, each) if root is None else root.name
                if is_on_purpose(view, history, each, name, trained_until(view) or 0):
                    return True
    return False


def _is_called_on_purpose(view: FunctionView, history: Sequence[CellRecord]) -> bool:
    """Whether who calls the function says so, or asks it the same again and again."""
    run, called = view.run, list(caller_texts(view, history))
    texts = {run.source, *(file.source for file in run.files), *(text for _place, text in called)}
    if any(map(says_so, texts)) or says_so(view.function):
        return True
    if run.grad is None or run.grad.backwards:
        return False  # the loop around it trains
    for place, text in called:
        code = read(text)
        for call in code.calls if code is not None else ():
            if (call.method, call.line) == (view.name, place.line) and _is_repeated(call):
                return True
    return False


def sets_training(function: ast.AST) -> bool:
    """Whether a function calls ``.train()`` of anything."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "train"
        for node in ast.walk(function)
    )


def _is_looked_at(call: Call) -> bool:
    """Whether the result is thrown away, or only its shape is wanted."""
    parent = call.parents[-1]
    if isinstance(parent, ast.Attribute):
        return parent.attr in ("shape", "size", "dtype", "device", "dim", "ndim", "numel")
    return call.is_statement and len(call.parents) > 1


def _is_repeated(call: Call) -> bool:
    """Whether a loop runs the same forward of the same input again and again."""
    if not call.loops:
        return False
    inner = call.loops[-1]
    if isinstance(inner, ast.While):
        return False
    heads = (
        [inner.target]
        if isinstance(inner, (ast.For, ast.AsyncFor))
        else [generator.target for generator in getattr(inner, "generators", ())]
    )
    bound = set().union(*map(names_in, heads))
    for node in ast.walk(inner):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    arguments = [*call.node.args, *(word.value for word in call.node.keywords)]
    makes = any(isinstance(each, ast.Call) for a in arguments for each in ast.walk(a))
    return not makes and not any(names_in(argument) & bound for argument in arguments)

"""Whether training is still to come: in cells that want a graph, or in those that have not run."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping

from ..code import dotted, read, resolve
from ..functions import functions_in, is_among, made_by_imports
from ..libraries import is_library
from ..names import TRAINING_CALLS
from ..notebook import Later, Outlook


def outlook_for_graphs(asking: Collection[str], later: Later) -> Outlook:
    """What texts that may ask for a graph mean for a fix that takes it away.

    Where such a text leads is not known, so that every cell that has not run and may train may
    want the graph, too.
    """
    if not asking:
        return Outlook.SAFE
    if any(_may_train(text, later) for text in asking) or is_training_to_come(later):
        return Outlook.NEEDED
    return Outlook.UNSAFE


def _may_train(text: str, later: Later) -> bool:
    """Whether a cell has a backward of which no run has shown what it does.

    To run a cell with functions shows nothing of what is in them.
    """
    code = read(text)
    calls = code.calls if code is not None else ()
    training = [call for call in calls if call.method in TRAINING_CALLS]
    return any(call.function is not None or not later.has_run(text) for call in training)


def is_training_to_come(later: Later) -> bool:
    """Whether a cell that has not run may train, itself or in a function that it calls.

    What functions of the user's modules do no text tells, so they may.
    """
    texts = later.texts()
    waiting = [text for text in texts if not later.has_run(text)]
    if not waiting:
        return False
    training, foreign = _functions_that_train(texts), made_by_imports(texts, but=is_library)
    return any(
        _calls(text, training) or calls_own_modules(text, later.imports, foreign)
        for text in waiting
    )


def _functions_that_train(texts: Iterable[str]) -> set[str]:
    """By name: functions with a backward, and those that call one of them."""
    called = [
        (function.name, _called_in(function)) for text in texts for function in functions_in(text)
    ]
    found = set(TRAINING_CALLS)
    while new := {name for name, calls in called if not calls.isdisjoint(found)} - found:
        found |= new
    return found


def _called_in(tree: ast.AST) -> set[str]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {dotted(call.func).rpartition(".")[2] for call in calls}


def _calls(text: str, functions: Collection[str]) -> bool:
    code = read(text)
    return code is None or any(call.method in functions for call in code.calls)


def calls_own_modules(text: str, imports: Mapping[str, str], foreign: Collection[str]) -> bool:
    """Whether a cell calls a function of a module that is no library, or a method of ``foreign``.

    To make an object is no such call.
    """
    code = read(text)
    for call in code.calls if code is not None else ():
        root = call.name.partition(".")[0]
        is_own = root in imports and not is_library(resolve(call.name, imports))
        if (is_own or is_among(foreign, call.name)) and not call.method[:1].isupper():
            return True
    return False

"""What texts say of the modes of models: who evaluates, and who may set a mode."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from ...record import CellRecord
from ..evidence.modules import mode_calls
from ..text.code import read
from ..text.functions import Function, functions_in
from ..text.paths import path_of

_OF_MODES = frozenset(
    {"eval", "train", "isinstance", "super", "requires_grad_", "parameters"}
    | {"modules", "named_modules", "children", "named_children"}
)
"""What is called by a function that only sets modes."""


def functions_of(run: CellRecord) -> Iterator[Function]:
    """Of the run's cell, and of the modules that it used."""
    for text in (run.source, *(file.source for file in run.files)):
        yield from functions_in(text)


def may_set_mode(source: str, modules: Collection[str], known: Collection[str]) -> bool:
    """Whether a statement hands one of these alone to a function that is not known by name."""
    code = read(source)
    return any(
        isinstance(node, (ast.Expr, ast.Return))
        and isinstance(node.value, ast.Call)
        and len(node.value.args) == 1
        and path_of(node.value.args[0]) in modules
        and (path_of(node.value.func) or "").rpartition(".")[2] not in known
        for node in (ast.walk(code.tree) if code is not None else ())
    )


def only_evaluates(function: Function) -> bool:
    """Whether a function does nothing but set evaluation mode: so whoever calls it means it."""
    source = ast.unparse(function)
    code = read(source)
    return (
        code is not None
        and evaluates(source)
        and all(call.method in _OF_MODES for call in code.calls)
    )


def was_evaluated(run: CellRecord) -> bool:
    """Whether a text of the run sets evaluation mode."""
    return evaluates(run.source) or any(evaluates(file.source) for file in run.files)


def evaluates(source: str) -> bool:
    """Whether a text sets evaluation mode."""
    return any(not training for _call, training in mode_calls(source))

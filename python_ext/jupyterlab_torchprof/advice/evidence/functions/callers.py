"""Who calls a function: where a run came from, and what in a module may call it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ....fixes.syntax import parse
from ....record import CellRecord, Place
from ...text.names import TRAINING_STEPS
from .body import functions_of
from .view import FunctionView


def caller_texts(view: FunctionView, history: Sequence[CellRecord]) -> Iterator[tuple[Place, str]]:
    """The places that called a function, each with the text that it counts lines of.

    That is the text of whatever cell, or of a module. Left out are places whose text is not known.
    """
    texts = {file.source_hash: file.source for file in view.run.files}
    texts |= {run.source_hash: run.source for run in (*history, view.run)}
    for place in view.callers:
        text = texts.get(place.source_hash or "")
        if text is not None:
            yield place, text


@lru_cache(maxsize=256)
def training_callers(source: str, function: str) -> frozenset[str]:
    """Qualified names of functions with a training of their own that may call one of this name.

    Also through others of the text.
    """
    mentions = {name: _mentioned(node) for name, node in functions_of(parse(source))}
    found: set[str] = set()
    names = {function}
    while new := {
        name for name, mentioned in mentions.items() if mentioned & names and name not in found
    }:
        found |= new
        names = {name.rpartition(".")[2] for name in new}
    own = {name for name in found if name.rpartition(".")[2] == function}
    return frozenset(name for name in found - own if mentions[name] & TRAINING_STEPS)


def _mentioned(function: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return found

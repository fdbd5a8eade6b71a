"""Whether a variable, or an attribute, can be deleted at the end of the cell that made it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...record import CellRecord
from .code import read
from .first_uses import name_uses
from .notebook import Later, Outlook, has_word
from .paths import path_of
from .program import cell_key
from .uses.owners import reads_all


def word_of(name: str) -> str:
    """The word that a text must have to reach what has this name: ``state`` of ``run.state``."""
    return name.rpartition(".")[2]


def is_mentioned_elsewhere(name: str, record: CellRecord, history: Sequence[CellRecord]) -> bool:
    """Whether the text of any other cell that ran has the name, in whatever way."""
    key = cell_key(record)
    return any(has_word(run.source, name) and cell_key(run) != key for run in history)


def binds_first(source: str, name: str) -> bool:
    """Whether a cell binds a name at top level before it reads it, so that it can run again."""
    uses, code = name_uses(source), read(source)
    if uses is None or code is None:
        return False
    if name.isidentifier():
        return name in uses.first and uses.first[name].kind == "bound"
    assigned = [node for node in code.tree.body if isinstance(node, ast.Assign)]
    nodes = [node for node in ast.walk(code.tree) if isinstance(node, ast.Attribute)]
    places = [node.lineno for node in nodes if path_of(node) == name]
    made = [node.lineno for node in assigned if name in map(path_of, node.targets)]
    return bool(made) and min(made) == min(places)


def outlook_for_names(names: Sequence[str], record: CellRecord, later: Later) -> Outlook:
    """What the cells mean for variables that a fix deletes at the end of their own."""
    if later.mentions([word_of(name) for name in names], record):
        return Outlook.NEEDED
    attributes = [name for name in names if not name.isidentifier()]
    if any(reads_all(text, name) for text in later.waiting(record) for name in attributes):
        return Outlook.NEEDED
    own = all(name.isidentifier() and binds_first(record.source, name) for name in names)
    return Outlook.SAFE if own else Outlook.UNSAFE

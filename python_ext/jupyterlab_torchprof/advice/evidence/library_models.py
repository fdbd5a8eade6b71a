"""Which module a library's loop calls, where the user's line does not name it."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import CellRecord, Forwards
from ..text.settings import library_of
from .modules import Root, root_of_forwards
from .trainers import only_of_class


def model_of(record: CellRecord, history: Sequence[CellRecord], entry: Forwards) -> Root | None:
    """The module of these forwards: as a line of the user's names it, or the only one there is.

    Below a library's loop (``trainer.fit()``) that is the only module of its class that the
    namespace reaches.
    """
    named = root_of_forwards(record, history, entry)
    if named is not None or not _is_in_library(record, entry.place):
        return named
    module = only_of_class(record, entry.module)
    return None if module is None else Root(module.path, module)


def _is_in_library(record: CellRecord, place: int | None) -> bool:
    """Whether a library that runs loops called what happened, itself or through the user's code."""
    while place is not None and 0 <= place < len(record.places):
        node = record.places[place]
        if node.kind == "library" and library_of(node.package) is not None:
            return True
        place = node.parent
    return False

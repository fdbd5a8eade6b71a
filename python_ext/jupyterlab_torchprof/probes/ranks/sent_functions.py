"""Functions that a view sends to engines: what they are, and in which cells their code stands."""

from __future__ import annotations

import linecache
from itertools import islice
from types import FunctionType
from typing import Any

from ...ranks.calls import KnownFile
from ..base import CellRun
from ..lines import is_generated

_MOST_FILES = 200
"""Of compiled code, the newest, that are looked at."""
_HELPERS = "ipyparallel.util"
"""The module of the functions by which views push and pull values."""


def moves_values(function: Any) -> bool:
    """Whether it is ipyparallel's own, by which a view only pushes or pulls values.

    One that goes to several engines comes pickled.
    """
    if type(function) is FunctionType:
        return function.__module__ == _HELPERS
    if type(function).__name__ != "PrePickled":
        return False
    return _HELPERS.encode() in bytes(function.buffers[0])


def known_files(run: CellRun | None) -> dict[str, KnownFile]:
    """The cells that compiled code of this notebook stands in, by its file name."""
    if run is None:
        return {}
    names = (name for name in reversed(list(linecache.cache)) if is_generated(name))
    found = {name: run.texts.find(name) for name in islice(names, _MOST_FILES)}
    return {
        name: KnownFile(text.source_hash, text.shift)
        for name, text in found.items()
        if text is not None
    }

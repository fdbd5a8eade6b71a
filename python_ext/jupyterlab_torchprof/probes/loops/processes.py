"""How this Python starts processes, and what they can import."""

from __future__ import annotations

import functools
import multiprocessing
from types import FunctionType
from typing import Any

from ..objects.kinds import attributes_of, home_of

_SENT = ("dataset", "datasets", "transform", "transforms", "target_transform")
"""Attributes under which datasets keep what they call."""
_MOST_LOOKED_AT = 50


def default_start_method() -> str:
    """``"fork"``, ``"spawn"`` or ``"forkserver"``; asking settles nothing."""
    # The first of the system's methods is its default; to ask for the method would fix it.
    chosen = multiprocessing.get_start_method(allow_none=True)
    return chosen or multiprocessing.get_all_start_methods()[0]


def is_of_notebook(loader: Any) -> bool:
    """Whether a loader's workers need something that the notebook defines, as far as is known.

    Looks at the dataset, the datasets and transforms in it, and the functions of the loader, and
    runs none of their code.
    """
    parts = attributes_of(loader)
    pending: list[Any] = [parts.get(name) for name in ("dataset", "collate_fn", "worker_init_fn")]
    for _ in range(_MOST_LOOKED_AT):
        if not pending:
            break
        thing = pending.pop()
        kind = type(thing)
        if kind is list or kind is tuple:
            pending.extend(list(thing)[:_MOST_LOOKED_AT])
            continue
        if kind is functools.partial:
            pending.append(thing.func)
            continue
        if home_of(kind) == "__main__" or _module_of_function(thing) == "__main__":
            return True
        own = attributes_of(thing)
        pending.extend(own[name] for name in _SENT if name in own)
    return False


def _module_of_function(thing: Any) -> str | None:
    return thing.__module__ if type(thing) is FunctionType else None

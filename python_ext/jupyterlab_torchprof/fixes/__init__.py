"""Source transformations: text edits computed with libcst on the exact source that ran.

A module of this package is imported when it is first asked for, ``fixes.hoist.hoist``: libcst takes
a while to import, and most cells need no fix.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import (
        accumulate,
        amp_names,
        autocast,
        bring,
        construct,
        create,
        delete,
        detach,
        freeze,
        grad_mode,
        hoist,
        loader,
        methods,
        models,
        modes,
        optimizer,
        portable,
        prune,
        release,
        scaler,
        semicolon,
        settings,
        state_dict,
        switches,
        threads,
        to_device,
        training_loop,
        twice,
        unwrap,
    )

__all__ = [
    "accumulate",
    "amp_names",
    "autocast",
    "bring",
    "construct",
    "create",
    "delete",
    "detach",
    "freeze",
    "grad_mode",
    "hoist",
    "loader",
    "methods",
    "models",
    "modes",
    "optimizer",
    "portable",
    "prune",
    "release",
    "scaler",
    "semicolon",
    "settings",
    "state_dict",
    "switches",
    "threads",
    "to_device",
    "training_loop",
    "twice",
    "unwrap",
]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f".{name}", __name__)

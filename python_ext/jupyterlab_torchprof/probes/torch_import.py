"""Tells whether the user's program has imported PyTorch, without ever importing it."""

from __future__ import annotations

import sys
from types import ModuleType

from .objects.kinds import namespace_reader
from .torch_version import is_supported

_namespace = namespace_reader(ModuleType)


def is_torch_imported() -> bool:
    """Whether PyTorch is there, whole: not while its import still runs."""
    torch = _executed_torch()
    return torch is not None and not getattr(torch.__spec__, "_initializing", False)


def imported_torch() -> ModuleType | None:
    """The user's PyTorch, if it has been executed and is one that the probes know."""
    torch = _executed_torch()
    return torch if torch is not None and is_supported(torch) else None


def _executed_torch() -> ModuleType | None:
    """The user's PyTorch, if it has been executed.

    Read from the module's own dictionary: to ask one that loads lazily for an attribute would
    load it.
    """
    module = sys.modules.get("torch")
    if module is None or not issubclass(type(module), ModuleType):
        return None
    return module if "nn" in _namespace(module) else None

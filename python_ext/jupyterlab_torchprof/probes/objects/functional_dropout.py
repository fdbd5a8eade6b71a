"""Classes of modules that drop by ``F.dropout(x, training=self.training)``, without a layer."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

_NAMES = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout")
_MODE = "training"


class FunctionalDropout:
    """Knows PyTorch's functions of that kind. Reads code of classes and runs none."""

    def __init__(self) -> None:
        """The functions are those of the PyTorch that is imported."""
        functional: Any = sys.modules.get("torch.nn.functional")
        found = (getattr(functional, name, None) for name in _NAMES)
        self._functions = [each for each in found if each is not None]

    def shares_of(self, methods: Iterator[FunctionType]) -> tuple[str, ...] | None:
        """Names that may be attributes with the share that is dropped; ``None``: nothing drops.

        Functions that do not read the module's mode drop in any mode, and don't count.
        """
        found: set[str] | None = None
        for method in methods:
            names = method.__code__.co_names
            if _MODE in names and self._calls(method):
                found = found or set()
                found.update(name for name in names if "drop" in name or name == "p")
        return None if found is None else tuple(sorted(found))

    def _calls(self, method: FunctionType) -> bool:
        if not any("drop" in name for name in method.__code__.co_names):
            return False
        at: Any = None
        for instruction in dis.get_instructions(method):
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                at = dict.get(method.__globals__, instruction.argval)
            elif instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and type(at) is ModuleType:
                at = at.__dict__.get(instruction.argval)
            else:
                at = None
            if any(at is each for each in self._functions):
                return True
        return False


def may_drop(own: dict[str, Any], shares: tuple[str, ...]) -> bool:
    """Whether a module's share is not known to be zero; ``shares`` as `FunctionalDropout` says."""
    values = [own.get(name) for name in shares]
    numbers = [value for value in values if type(value) is float or type(value) is int]
    return not numbers or any(numbers)

"""The variables that stand for a device: ``device = torch.device("cuda")``."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType
from typing import Any

from .variables import Variables

_MAX_INDEX = 64
_TYPES = frozenset({"cpu", "cuda", "mps", "xpu", "hpu", "mtia", "xla"})
"""Device types that PyTorch knows and whose names are no ordinary words."""


def named_devices(torch: ModuleType, variables: Variables) -> dict[str, str]:
    """PyTorch's name of the device by variable: of a ``torch.device``, or a text that names one."""
    device: type = torch.device
    found = {
        name: str(thing)
        for name, thing in variables.objects
        if type(thing) is device and name[:1] != "_"
    }
    for name, text in variables.texts(_texts(_renamed(torch))):
        if name[:1] != "_":
            found[name] = text
    return found


@lru_cache(maxsize=4)
def _texts(renamed: str | None) -> frozenset[str]:
    """The texts that name a device."""
    types = _TYPES if renamed is None else _TYPES | {renamed}
    indexed = {f"{kind}:{index}" for kind in types for index in range(_MAX_INDEX)}
    return frozenset(indexed | types)


def _renamed(torch: Any) -> str | None:
    """The name of a backend that is no part of PyTorch, if one has taken its place."""
    name: str = torch._C._get_privateuse1_backend_name()
    return None if name == "privateuseone" else name

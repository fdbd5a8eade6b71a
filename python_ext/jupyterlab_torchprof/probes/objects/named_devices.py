"""The variables that stand for a device: ``device = torch.device("cuda")``."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

_MAX_LENGTH = 16
_TYPES = frozenset({"cpu", "cuda", "mps", "xpu", "hpu", "mtia", "xla"})
"""Device types that PyTorch knows and whose names are no ordinary words."""


def named_devices(torch: ModuleType, namespace: Mapping[str, Any]) -> dict[str, str]:
    """PyTorch's name of the device by variable: of a ``torch.device``, or a text that names one."""
    device = torch.device
    found: dict[str, str] = {}
    for name, value in list(namespace.items()):
        cls = type(value)
        if cls is device:
            text = str(value)
        elif cls is str and len(value) <= _MAX_LENGTH and _is_device(torch, value):
            text = value
        else:
            continue
        if name[:1] != "_":
            found[name] = text
    return found


def _is_device(torch: Any, text: str) -> bool:
    kind, colon, index = text.partition(":")
    if colon and not (index.isascii() and index.isdecimal()):
        return False
    return kind in _TYPES or kind == _renamed(torch)


def _renamed(torch: Any) -> str | None:
    """The name of a backend that is no part of PyTorch, if one has taken its place."""
    name: str = torch._C._get_privateuse1_backend_name()
    return None if name == "privateuseone" else name

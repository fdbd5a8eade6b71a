"""What a load was told: the arguments of the call, as short text."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any

from ..objects.kinds import class_name
from ..torch_import import imported_torch

_MAX_TEXT = 80
_MAX_PAIRS = 8


def location_text(location: Any) -> str | None:
    """``map_location`` as short text."""
    if location is None:
        return None
    if issubclass(type(location), str):
        text = str.__str__(location)
    elif _is_device(location):
        text = str(location)
    elif type(location) is dict:
        pairs = list(location.items())[:_MAX_PAIRS]
        text = ", ".join(
            f"{location_text(source)}: {location_text(target)}" for source, target in pairs
        )
    else:
        text = location.__name__ if type(location) is FunctionType else class_name(location)
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


def flag(kwargs: Mapping[str, Any], name: str) -> bool | None:
    """An argument that is ``True`` or ``False``; ``None``: not passed, or something else."""
    value = kwargs.get(name)
    return value if type(value) is bool else None


def _is_device(location: Any) -> bool:
    torch = imported_torch()
    return torch is not None and type(location) is torch.device

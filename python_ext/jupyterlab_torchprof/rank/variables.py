"""What launchers say in the environment."""

from __future__ import annotations

import os
from typing import TypeVar

_Otherwise = TypeVar("_Otherwise", int, None, int | None)


def number_in(name: str, otherwise: _Otherwise) -> int | _Otherwise:
    """``RANK``, ``WORLD_SIZE`` and their like; ``otherwise`` where it is no number."""
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else otherwise

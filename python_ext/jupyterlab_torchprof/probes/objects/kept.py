"""Which variable or attribute keeps how many bytes of tensors, on which device."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

from .paths import Trail
from .trees import TreeStorage

LARGE_BYTES = 1 << 20
"""What is smaller is no answer to the question where memory went."""

Entry = tuple[int, bool, Any, Trail, int]
"""A tensor outside modules: bytes, whether its storage was counted before, itself, its way, and
the key of its storage (0: it has none, or parts of its own)."""


@dataclass(slots=True)
class Kept:
    """What one variable or attribute keeps on one device. Keeps nothing of it alive."""

    path: str
    """As the user would write it: ``cache``, ``trainer.losses``; empty: what is small."""
    device: str
    optimizer: str = ""
    """The class of the optimizer at ``path`` whose state this is."""
    nbytes: int = 0
    tensors: int = 0
    first: weakref.ref[Any] | None = None
    """To the first of its tensors: what one alone is, is read where it is shown."""
    large: dict[int, TreeStorage] = field(default_factory=dict)
    """Storages that are worth following, by key."""
    large_bytes: int = 0
    shared: set[int] = field(default_factory=set)
    """Keys of the large storages that something before it has, too."""
    shares_with: str | None = None
    """The module that has all of its memory: ``best`` is no copy of ``net``."""

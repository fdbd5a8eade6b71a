"""References to storages that do not keep them alive."""

from __future__ import annotations

from typing import Any


class WeakStorage:
    """Tells whether a storage is still there; its memory is freed as if we did not know it."""

    __slots__ = ("_free", "_is_expired", "_reference")

    def __init__(self, storage: Any) -> None:
        """``storage``: an ``UntypedStorage``."""
        self._is_expired = type(storage)._expired
        self._free = type(storage)._free_weak_ref
        self._reference = storage._weak_ref()

    def expired(self) -> bool:
        """Whether the storage is gone."""
        return bool(self._is_expired(self._reference))

    def __del__(self) -> None:
        """Give the reference back."""
        self._free(self._reference)

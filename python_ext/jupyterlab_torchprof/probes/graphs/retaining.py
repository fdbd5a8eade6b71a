"""What backwards with ``retain_graph=True`` keep, read while their graphs are whole."""

from __future__ import annotations

from typing import Any

from ..collector import collector_paused
from ..objects.tensors import Tensors
from ..torch_import import imported_torch
from .graph import GraphWalk
from .kept import GraphBounds, sizes_of
from .weak_storage import WeakStorage

_COMPARED = 2


class RetainedSizes:
    """Of one cell: what its second retained graph saves and the first does not.

    What both save, such as data that stays the same, is there without them. Keeps nothing alive.
    """

    def __init__(self) -> None:
        """None was measured yet."""
        self.saved_bytes = 0
        self.device: str | None = None
        self._measured = 0
        self._first: dict[int, WeakStorage] = {}
        """By the storage's key, which no other gets while there is a weak reference."""

    def measure(self, roots: list[Any]) -> None:
        """One more graph is retained; only the first two are looked at."""
        if self._measured == _COMPARED:
            return
        self._measured += 1
        torch = imported_torch()
        assert torch is not None
        tensors = Tensors(torch)
        with collector_paused(), tensors.quiet():
            saved = GraphWalk(tensors, GraphBounds()).walk(roots).saved
            if self._measured < _COMPARED:
                self._first = {
                    key: WeakStorage(tensors.storage_object(each.tensor))
                    for key, each in saved.items()
                }
                return
            sizes = sizes_of({k: each for k, each in saved.items() if k not in self._first})
        self.saved_bytes, self.device, self._first = sizes.saved_bytes, sizes.device, {}

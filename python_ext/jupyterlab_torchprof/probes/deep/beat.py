"""Which of the things that happen in each step one counts steps by."""

from __future__ import annotations

import weakref
from typing import Any


class Beat:
    """One step may have several optimizers, or call a network and then a loss.

    It is counted by the first of them, and by another one once that comes more often. None is kept
    alive.
    """

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._first: weakref.ref[Any] | None = None
        self._since: set[int] = set()

    def counts(self, thing: Any) -> bool:
        """Whether a step is counted by this one, which happens now."""
        first = None if self._first is None else self._first()
        if first is None or first is thing or id(thing) in self._since:
            self._first = weakref.ref(thing)
            self._since.clear()
            return True
        self._since.add(id(thing))
        return False

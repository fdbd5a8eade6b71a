"""What is known of objects, by their identity and for as long as they live.

A ``WeakKeyDictionary`` would hash and compare them, which runs code of their classes.
"""

from __future__ import annotations

import weakref
from typing import Any, Generic, TypeVar

_Known = TypeVar("_Known")


class WeakIds(Generic[_Known]):
    """Maps objects to what is known of them. Keeps none alive."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._known: dict[int, tuple[weakref.ref[Any], _Known]] = {}

    def get(self, thing: Any) -> _Known | None:
        """What is known of it."""
        entry = self._known.get(id(thing))
        return entry[1] if entry is not None and entry[0]() is thing else None

    def set(self, thing: Any, known: _Known) -> None:
        """Remember, until it is gone."""
        key, entries = id(thing), self._known

        def gone(reference: weakref.ref[Any]) -> None:
            if key in entries and entries[key][0] is reference:
                del entries[key]

        entries[key] = (weakref.ref(thing, gone), known)

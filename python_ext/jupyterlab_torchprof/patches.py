"""Replaced attributes of other people's objects, and their exact restoration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_MISSING = object()


class Patches:
    """Remembers every attribute it replaces.

    `restore` puts back the very same object, or removes the attribute if the owner did not have
    it in its own ``__dict__`` before. An attribute that somebody else replaced after us is left
    to them: putting our original back would undo their patch.
    """

    def __init__(self) -> None:
        """Nothing is replaced yet."""
        self._done: list[tuple[Any, str, Any, Any]] = []

    def wrap(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replace ``owner.name`` by ``make(original)``.

        Raises AttributeError if there is no such attribute: the caller's probe is then reported
        as unhealthy instead of measuring nothing in silence.
        """
        own = vars(owner).get(name, _MISSING)
        replacement = make(getattr(owner, name))
        setattr(owner, name, replacement)
        self._done.append((owner, name, own, replacement))

    def restore(self) -> list[str]:
        """Put everything back, last first; returns the names that somebody else had replaced."""
        foreign: list[str] = []
        while self._done:
            owner, name, own, replacement = self._done.pop()
            if vars(owner).get(name, _MISSING) is not replacement:
                foreign.append(name)
            elif own is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, own)
        return foreign

"""The user's variables, found without going through all names of the namespace in each cell.

A namespace grows with the session: IPython keeps each cell's text in it as ``_i7``, and each
result as ``_7``. Names are added at its end, so those that are new are found from there; of those
that were known only the user's are looked up again.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

_IPYTHONS = re.compile(r"_i?[0-9]+")
_PLAIN = frozenset(map(id, (str, int, float, bool, bytes, complex, type(None))))
"""By identity: to compare classes may run code of their metaclass."""
_LOOKS = 100
"""After so many looks all names are gone through again: somebody may have bound ``_i7``."""
_TRIES = 3
_MISSING = object()


class KnownNames:
    """What was known of one namespace when it was looked at last. Keeps no value alive."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._namespace = 0
        self._names: list[str] = []
        self._left_out = 0
        """How many names are not among them."""
        self._last: object = None
        """The last name of all."""
        self._looks = 0
        self.examined = 0
        """How many names the last look has gone through."""

    def look(self, namespace: dict[str, Any]) -> list[tuple[str, Any]]:
        """The names and values that may be of interest, in the order of the namespace."""
        self._looks += 1
        for _ in range(_TRIES):
            try:
                return self._news(namespace) or self._all(namespace)
            except RuntimeError:  # another thread has just bound a name
                continue
        return []

    def _news(self, namespace: dict[str, Any]) -> list[tuple[str, Any]] | None:
        """As `look`; ``None`` if all names must be gone through."""
        if self._namespace != id(namespace) or not self._looks % _LOOKS:
            return None
        new: list[Any] = []
        for name in dict.__reversed__(namespace):
            if name is self._last:
                break
            new.append(name)
        else:
            return None
        found = [(name, dict.get(namespace, name, _MISSING)) for name in self._names]
        found = [(name, thing) for name, thing in found if thing is not _MISSING]
        if dict.__len__(namespace) != self._left_out + len(found) + len(new):
            return None  # names were deleted, and perhaps bound again further back
        self.examined = len(found) + len(new)
        new.reverse()
        self._learn(found, [(name, _value(namespace, name)) for name in new])
        return found

    def _all(self, namespace: dict[str, Any]) -> list[tuple[str, Any]]:
        items = list(dict.items(namespace))
        self._namespace, self._left_out, self._last = id(namespace), 0, None
        self.examined = len(items)
        found: list[tuple[str, Any]] = []
        self._learn(found, items)
        return found

    def _learn(self, found: list[tuple[str, Any]], new: list[tuple[Any, Any]]) -> None:
        """Add new names to those that were ``found``."""
        for name, thing in new:
            # A name that is no `str` itself is no variable: to compare it would run its own code.
            plain = id(type(thing)) in _PLAIN
            if type(name) is str and not (plain and _IPYTHONS.fullmatch(name)):
                found.append((name, thing))
            else:
                self._left_out += 1
        if new:
            self._last = new[-1][0] if type(new[-1][0]) is str else None
        self._names = [name for name, _thing in found]


class Variables:
    """Names and values. Holds the values: drop it before the next cell runs."""

    def __init__(self, namespace: Mapping[str, Any], known: KnownNames | None = None) -> None:
        """``namespace``: the notebook's. ``known``: what was found in it before."""
        own: Any = namespace
        known = KnownNames() if known is None else known
        found = known.look(own) if issubclass(type(own), dict) else []
        self.objects = [(name, thing) for name, thing in found if type(thing) is not str]
        """What is no text, in the order of the namespace."""
        self._texts = [(name, thing) for name, thing in found if type(thing) is str]

    def texts(self, wanted: Container[str]) -> list[tuple[str, str]]:
        """Variables that are one of these texts."""
        return [(name, text) for name, text in self._texts if text in wanted]

    def of(self, base: type) -> list[tuple[str, Any]]:
        """Those that are of this class, without leading underscores."""
        return [
            (name, thing)
            for name, thing in self.objects
            if issubclass(type(thing), base) and name[:1] != "_"
        ]

    def name_of(self, thing: Any) -> str | None:
        """The first that is ``thing``, without a leading underscore."""
        return next(
            (name for name, known in self.objects if known is thing and name[:1] != "_"), None
        )

    def names(self) -> dict[int, str]:
        """Names by the values' ids, the first of several; without leading underscores."""
        return {id(thing): name for name, thing in reversed(self.objects) if name[:1] != "_"}


def _value(namespace: dict[str, Any], name: Any) -> Any:
    return dict.get(namespace, name) if type(name) is str else None

"""The displayed results that IPython keeps: ``Out``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..objects.tensors import Tensors
from .footprint import HOLDING, Footprint, footprint, graph_walk

_MAX_OUTPUTS = 200


class Outputs:
    """What each of them holds. Keeps nothing of it alive."""

    def __init__(self) -> None:
        """There are none."""
        self._known: dict[int, tuple[tuple[int, int], Footprint]] = {}
        self._counts: list[int] = []
        """Execution counts of those that may hold something."""
        self._last: object = None
        """The count of the last output of all."""

    def look(
        self, tensors: Tensors, namespace: Mapping[str, Any], *, graphs: bool
    ) -> dict[int, Footprint]:
        """By execution count; as found before where it is the same object.

        ``graphs``: autograd graphs can be read now.
        """
        kept = namespace.get("_oh")
        walk = graph_walk(tensors) if graphs else None
        known: dict[int, tuple[tuple[int, int], Footprint]] = {}
        for count, value in self._select(tensors, kept) if type(kept) is dict else ():
            signature = (id(value), _length(value))
            before = self._known.get(count)
            if before is not None and before[0] == signature:
                known[count] = before
            else:
                held = footprint(tensors, value, walk, leave_out={id(namespace)})
                known[count] = (signature, held)
        self._known = known
        return {count: held for count, (_signature, held) in known.items() if held.storages}

    def _select(self, tensors: Tensors, kept: dict[Any, Any]) -> list[tuple[int, Any]]:
        """The outputs of kinds that may hold something: those known, and those that are new."""
        new: list[Any] = []
        for count in reversed(kept):
            if count is self._last:
                break
            new.append(count)
        else:  # the last one was released, or this is another shell
            self._counts = []
        new = [count for count in reversed(new) if type(count) is int]
        things = [(count, kept[count]) for count in (*self._counts, *new) if count in kept]
        found = tensors.of_interest(things)
        holding = [(count, thing) for count, thing, kind in found if kind in HOLDING]
        holding = holding[-_MAX_OUTPUTS:]
        self._counts = [count for count, _thing in holding]
        self._last = new[-1] if new else self._last
        return holding


def _length(value: Any) -> int:
    for base in (list, dict, tuple):
        if issubclass(type(value), base):
            return base.__len__(value)
    return 0

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

    def look(
        self, tensors: Tensors, namespace: Mapping[str, Any], *, graphs: bool
    ) -> dict[int, Footprint]:
        """By execution count; as found before where it is the same object.

        ``graphs``: autograd graphs can be read now.
        """
        kept = namespace.get("_oh")
        walk = graph_walk(tensors) if graphs else None
        items = list(dict.items(kept)) if type(kept) is dict else []
        known: dict[int, tuple[tuple[int, int], Footprint]] = {}
        for count, value, kind in tensors.of_interest(items)[-_MAX_OUTPUTS:]:
            if kind not in HOLDING or type(count) is not int:
                continue
            signature = (id(value), _length(value))
            before = self._known.get(count)
            if before is not None and before[0] == signature:
                known[count] = before
            else:
                held = footprint(tensors, value, walk, leave_out={id(namespace)})
                known[count] = (signature, held)
        self._known = known
        return {count: held for count, (_signature, held) in known.items() if held.storages}


def _length(value: Any) -> int:
    for base in (list, dict, tuple):
        if issubclass(type(value), base):
            return base.__len__(value)
    return 0

"""The optimizers of a session, as those that may take a gradient."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from ..objects.optimizer_parts import OptimizerParts


class KnownOptimizers:
    """All that were seen and still live, whether they have stepped or not. Keeps none alive."""

    def __init__(self) -> None:
        """None is known."""
        self._known: dict[int, weakref.ref[Any]] = {}

    def add(self, optimizers: Iterable[Any]) -> None:
        """Remember these."""
        for optimizer in optimizers:
            self._known[id(optimizer)] = weakref.ref(optimizer)

    def prune(self) -> None:
        """Forget those that are gone."""
        self._known = {key: ref for key, ref in self._known.items() if ref() is not None}

    def parameters(
        self, parts: OptimizerParts, others: Iterable[weakref.ref[Any]] = ()
    ) -> set[int]:
        """Ids of the parameters of all of them, and of ``others`` that still live."""
        taken = {id(thing) for ref in others if (thing := ref()) is not None}
        for reference in list(self._known.values()):
            optimizer = reference()
            if optimizer is not None:
                taken.update(map(id, parts.parameters(optimizer)))
        return taken

"""The optimizers that step in one run."""

from __future__ import annotations

import weakref
from typing import Any

from .steps import Steps

MOST_DESCRIBED = 200
"""Before those that are alike become one."""


class Stepping:
    """Their steps. Keeps no optimizer alive."""

    def __init__(self) -> None:
        """None has stepped yet."""
        self.alive: dict[int, Steps] = {}
        """By the optimizer's id, while it lives."""
        self._ended: list[Steps] = []
        """Of those that are gone: another one may have the id by now."""
        self._ended_unlisted = 0
        """Steps of those that are not listed."""

    def meet(self, optimizer: Any) -> Steps:
        """The entry of an optimizer; it is made at its first step."""
        key, alive = id(optimizer), self.alive
        known = alive.get(key)
        if known is not None:
            return known

        def gone(reference: weakref.ref[Any]) -> None:
            entry = alive.get(key)
            if entry is not None and entry.optimizer is reference:
                del alive[key]
                self._note_end(entry)

        entry = alive[key] = Steps(weakref.ref(optimizer, gone))
        return entry

    def _note_end(self, entry: Steps) -> None:
        if len(self._ended) < MOST_DESCRIBED:
            self._ended.append(entry)
        else:
            self._ended_unlisted += entry.steps

    def every(self) -> list[Steps]:
        """Of all that are listed, those that are gone last."""
        return [*self.alive.values(), *self._ended]

    def total(self) -> int:
        """Steps of all together."""
        return sum(one.steps for one in self.every()) + self._ended_unlisted

    def are_all_known(self) -> bool:
        """Whether it is known of each what parameters it has, or had."""
        return not self._ended_unlisted and all(
            one.optimizer() is not None or one.lived is not None for one in self.every()
        )

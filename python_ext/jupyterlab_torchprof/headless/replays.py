"""Which tries are worth their time where nobody chooses."""

from __future__ import annotations

from ..record import DeepProfile

_LEAST_SHARE = 0.1
_MOST_TRIES = 8
"""A tenth of a second each."""


def worth_trying(deep: DeepProfile | None) -> list[tuple[int, str]]:
    """Work by its index, and another way for it: of what took a tenth of the window, or more."""
    if deep is None:
        return []
    window_s = sum(step.duration_s for step in deep.steps)
    tries = [
        (index, alternative)
        for index, work in enumerate(deep.work)
        if work.total_s + work.backward_s >= _LEAST_SHARE * window_s
        for alternative in work.alternatives
    ]
    return tries[:_MOST_TRIES]

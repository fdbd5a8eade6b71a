"""What a deep profile is asked for with: ``%%torchprof --deep --steps 5``."""

from __future__ import annotations

import re

from msgspec import Struct

STEPS = 5
MOST_STEPS = 100
PATTERN = r"(?:[ \t]+--deep)(?:[ \t]+--steps[ \t=]+(?P<steps>\d{1,3}))?"
"""The arguments behind the magic's name, as a regular expression."""

_ARGUMENTS = re.compile(PATTERN)


class DeepOptions(Struct, frozen=True):
    """How much is recorded."""

    steps: int = STEPS
    """Whole steps of a loop that trains or predicts, after those that warm up."""


def options_for(steps: int | None) -> DeepOptions:
    """Of so many steps, within bounds; ``None``: the usual number."""
    return DeepOptions(steps=min(max(STEPS if steps is None else steps, 1), MOST_STEPS))


def read_options(arguments: str) -> DeepOptions | None:
    """The options that stand behind ``%%torchprof``; ``None``: none is asked for.

    >>> read_options(" --deep --steps 3")
    DeepOptions(steps=3)
    """
    found = _ARGUMENTS.fullmatch(arguments.rstrip())
    if found is None:
        return None
    return options_for(int(found["steps"]) if found["steps"] else None)

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


def read_options(arguments: str) -> DeepOptions | None:
    """The options that stand behind ``%%torchprof``; ``None``: none is asked for.

    >>> read_options(" --deep --steps 3")
    DeepOptions(steps=3)
    """
    found = _ARGUMENTS.fullmatch(arguments.rstrip())
    if found is None:
        return None
    return DeepOptions(steps=min(max(int(found["steps"] or STEPS), 1), MOST_STEPS))

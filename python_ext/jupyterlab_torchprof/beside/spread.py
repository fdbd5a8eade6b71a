"""Measurements of one thing, in two numbers."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def median_and_spread(samples: Sequence[float]) -> tuple[float, float]:
    """The median, and half of the distance between the quartiles; of two samples or more."""
    first, median, third = statistics.quantiles(samples, n=4)
    return median, (third - first) / 2

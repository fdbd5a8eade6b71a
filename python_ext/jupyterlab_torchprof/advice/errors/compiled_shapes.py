"""Sizes that do not go together in code that was being compiled: no tensor was there yet."""

from __future__ import annotations

import re

from ..evidence.failures import Failure
from .cause import Cause

PRODUCT = "must have same reduction dim"
_PRODUCT = re.compile(rf"{PRODUCT}, but got (\[[\d, ]+\]) X (\[[\d, ]+\])")


def of_compiled_code(failure: Failure) -> Cause | None:
    """Why a product could not be compiled, by the sizes that the compiler says."""
    match = _PRODUCT.search(failure.error.message)
    if match is None:
        return None
    left, right = ([int(size) for size in re.findall(r"\d+", each)] for each in match.groups())
    if len(left) != 2 or len(right) != 2 or left[1] == right[0]:
        return None
    return Cause(
        f"The compiled line multiplies {match[1]} by {match[2]}.",
        f"In a product the last dimension of the first ({left[1]:,}) must equal the first of the "
        f"second ({right[0]:,}). If it is a linear layer, it was made with "
        f"`in_features={right[0]}`. Without `torch.compile` the line would fail as well.",
    )

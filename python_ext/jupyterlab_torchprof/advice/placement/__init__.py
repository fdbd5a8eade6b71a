"""Where models and tensors are."""

from __future__ import annotations

from typing import Any

from ..rule import Rule
from .hardcoded import HardcodedCuda

RULES: tuple[Rule[Any], ...] = (HardcodedCuda(),)
"""In the order of the documentation."""

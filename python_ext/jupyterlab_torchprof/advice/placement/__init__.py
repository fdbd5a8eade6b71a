"""Where models and tensors live, and how they get there."""

from __future__ import annotations

from typing import Any

from ..rule import Rule

RULES: tuple[Rule[Any], ...] = ()
"""In the order of the documentation."""

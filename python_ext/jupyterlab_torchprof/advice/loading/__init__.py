"""Checkpoints."""

from __future__ import annotations

from typing import Any

from ..rule import Rule
from .locations import MapLocationMissing

RULES: tuple[Rule[Any], ...] = (MapLocationMissing(),)
"""In the order of the documentation."""

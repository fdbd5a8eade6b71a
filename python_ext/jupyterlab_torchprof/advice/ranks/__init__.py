"""Processes that train one model together."""

from __future__ import annotations

from ..grammar import Rule
from .straggler import RankStraggler
from .threads import RankThreads

RULES: tuple[Rule, ...] = (RankStraggler(), RankThreads())
"""In the order of the documentation."""

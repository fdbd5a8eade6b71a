"""Checkpoints."""

from __future__ import annotations

from ..grammar import Rule
from .kept import StateDictKept
from .locations import MapLocationMissing
from .options import LoadMmap, WeightsOnlyOff
from .stayed import MapLocationCpu

RULES: tuple[Rule, ...] = (
    MapLocationCpu(),
    MapLocationMissing(),
    WeightsOnlyOff(),
    LoadMmap(),
    StateDictKept(),
)
"""In the order of the documentation."""

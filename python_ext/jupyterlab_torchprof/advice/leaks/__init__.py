"""Memory that something keeps alive without need."""

from __future__ import annotations

from ..grammar import Rule
from .accumulation import GpuOutputAccumulation
from .cache import EmptyCacheMisuse
from .histories import LossHistoryGraph
from .intermediates import StaleIntermediates
from .old_objects import OldModelAlive
from .outputs import OutCacheTensor
from .tracebacks import TracebackPinsTensors

RULES: tuple[Rule, ...] = (
    GpuOutputAccumulation(),
    LossHistoryGraph(),
    StaleIntermediates(),
    OldModelAlive(),
    OutCacheTensor(),
    TracebackPinsTensors(),
    EmptyCacheMisuse(),
)
"""In the order of the documentation."""

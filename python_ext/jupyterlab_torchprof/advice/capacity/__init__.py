"""The memory of devices: too little of it, or more than is used."""

from __future__ import annotations

from ..grammar import Rule
from .failed_moves import ModelExceedsVram
from .limit import VramNearLimit
from .remarks import BatchHeadroom, ManualMonitoring
from .segments import Fragmentation

RULES: tuple[Rule, ...] = (
    ModelExceedsVram(),
    VramNearLimit(),
    Fragmentation(),
    BatchHeadroom(),
    ManualMonitoring(),
)
"""In the order of the documentation."""

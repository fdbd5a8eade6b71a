"""The memory of devices: too little of it, or more than is used."""

from __future__ import annotations

from ..grammar import Rule
from .evaluations import EvaluationOutputs
from .failed_moves import ModelExceedsVram
from .headroom import BatchHeadroom
from .limit import VramNearLimit
from .monitoring import ManualMonitoring
from .segments import Fragmentation

RULES: tuple[Rule, ...] = (
    ModelExceedsVram(),
    VramNearLimit(),
    Fragmentation(),
    EvaluationOutputs(),
    BatchHeadroom(),
    ManualMonitoring(),
)
"""In the order of the documentation."""

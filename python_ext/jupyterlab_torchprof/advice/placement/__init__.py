"""Where models and tensors are."""

from __future__ import annotations

from ..grammar import Rule
from .creating import CreateOnDevice
from .hardcoded import HardcodedCuda
from .lost import OptimizerBeforeParamSwap, OptimizerStale
from .ping_pong import ModelPingPong
from .redundant import RedundantMove
from .resting import ModelOnCpu

RULES: tuple[Rule, ...] = (
    ModelOnCpu(),
    HardcodedCuda(),
    OptimizerStale(),
    OptimizerBeforeParamSwap(),
    RedundantMove(),
    ModelPingPong(),
    CreateOnDevice(),
)
"""In the order of the documentation."""

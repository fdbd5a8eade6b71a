"""What only a deep profile shows: operators, their shapes and what holds memory at the peak."""

from __future__ import annotations

from ..grammar import Rule
from .activations import ActivationsByLine
from .attention import AttentionUnfused
from .loops import SmallOpLoop
from .updates import OptimizerSmallOps

RULES: tuple[Rule, ...] = (
    AttentionUnfused(),
    SmallOpLoop(),
    OptimizerSmallOps(),
    ActivationsByLine(),
)
"""In the order of the documentation."""

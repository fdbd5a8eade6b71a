"""What only a deep profile shows: operators, their shapes and what holds memory at the peak."""

from __future__ import annotations

from ..grammar import Rule
from .activations import ActivationsByLine
from .attention import AttentionUnfused
from .casts import CastChurn
from .layouts import LayoutCopies
from .loops import SmallOpLoop
from .pointwise import PointwiseChain
from .replayed import FewerThreads, Fp32Gemm, GemmAlignment
from .updates import OptimizerSmallOps

RULES: tuple[Rule, ...] = (
    AttentionUnfused(),
    SmallOpLoop(),
    OptimizerSmallOps(),
    ActivationsByLine(),
    PointwiseChain(),
    CastChurn(),
    LayoutCopies(),
    Fp32Gemm(),
    GemmAlignment(),
    FewerThreads(),
)
"""In the order of the documentation."""

"""Layout, convolution algorithms and compilation."""

from __future__ import annotations

from ..grammar import Rule
from .algorithms import CudnnBenchmark
from .breaks import GraphBreak
from .compile import TorchCompile
from .frozen import FuseConvBn, JitTraceDeprecated
from .layout import ChannelsLast
from .recompiling import RecompileStorm
from .restarts import RecompileCause

RULES: tuple[Rule, ...] = (
    RecompileStorm(),
    RecompileCause(),
    GraphBreak(),
    TorchCompile(),
    CudnnBenchmark(),
    ChannelsLast(),
    FuseConvBn(),
    JitTraceDeprecated(),
)
"""In the order of the documentation."""

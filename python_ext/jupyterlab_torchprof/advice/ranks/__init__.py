"""Processes that train one model together."""

from __future__ import annotations

from ..grammar import Rule
from .accumulation import DdpNoSync
from .epochs import SamplerSetEpoch
from .launching import CudaBeforeLaunch
from .stalled import RankStalled
from .straggler import RankStraggler
from .threads import RankThreads

RULES: tuple[Rule, ...] = (
    CudaBeforeLaunch(),
    RankStalled(),
    RankStraggler(),
    RankThreads(),
    SamplerSetEpoch(),
    DdpNoSync(),
)
"""In the order of the documentation."""

"""Processes that train one model together."""

from __future__ import annotations

from ..grammar import Rule
from .accumulation import DdpNoSync
from .backend import Backend
from .buckets import BucketView
from .bypassed import DdpBypassed
from .devices import RankSameDevice
from .epochs import SamplerSetEpoch
from .forked import ForkAfterThreads
from .launching import CudaBeforeLaunch
from .sharding import ShardOptimizer
from .shares import SamplerMissing
from .stalled import RankStalled
from .statistics import SyncBatchNorm
from .straggler import RankStraggler
from .threads import RankThreads
from .uneven import UnevenWork
from .unused import FindUnusedNeedless

RULES: tuple[Rule, ...] = (
    CudaBeforeLaunch(),
    ForkAfterThreads(),
    RankStalled(),
    UnevenWork(),
    RankStraggler(),
    RankThreads(),
    RankSameDevice(),
    DdpBypassed(),
    SamplerMissing(),
    SamplerSetEpoch(),
    DdpNoSync(),
    Backend(),
    FindUnusedNeedless(),
    BucketView(),
    ShardOptimizer(),
    SyncBatchNorm(),
)
"""In the order of the documentation."""

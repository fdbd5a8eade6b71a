"""Data loading."""

from __future__ import annotations

from ..grammar import Rule
from .hurried import D2hNonBlocking
from .machine import CpuThreads, SlowDatasetIo
from .needless import NeedlessWorkers
from .persistent import PersistentWorkers
from .pinning import DataloaderPinMemory, PinWithoutAccelerator
from .prefetch import DataloaderPrefetch
from .too_many import DataloaderTooManyWorkers
from .workers import DataloaderWorkersZero

RULES: tuple[Rule, ...] = (
    DataloaderWorkersZero(),
    NeedlessWorkers(),
    DataloaderTooManyWorkers(),
    PersistentWorkers(),
    DataloaderPrefetch(),
    DataloaderPinMemory(),
    PinWithoutAccelerator(),
    D2hNonBlocking(),
    SlowDatasetIo(),
    CpuThreads(),
)
"""In the order of the documentation."""

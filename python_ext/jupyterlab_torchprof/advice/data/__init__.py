"""Data loading."""

from __future__ import annotations

from typing import Any

from ..rule import Rule
from .machine import CpuThreads, SlowDatasetIo
from .pinning import D2hNonBlocking, DataloaderPinMemory, PinWithoutAccelerator
from .pools import DataloaderPrefetch, DataloaderTooManyWorkers, PersistentWorkers
from .workers import DataloaderWorkersZero, NeedlessWorkers

RULES: tuple[Rule[Any], ...] = (
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

"""Several devices, and smaller models."""

from __future__ import annotations

from typing import Any

from ..rule import Rule
from .compression import ModelCompression, QuantizeInference
from .deprecated import DeprecatedQuantization
from .parallel import DataParallelModule, MultiGpuIdle
from .pruning import PruningNoSavings

RULES: tuple[Rule[Any], ...] = (
    DataParallelModule(),
    MultiGpuIdle(),
    ModelCompression(),
    QuantizeInference(),
    DeprecatedQuantization(),
    PruningNoSavings(),
)
"""In the order of the documentation."""

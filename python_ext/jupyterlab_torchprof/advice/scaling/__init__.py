"""Several devices, and smaller models."""

from __future__ import annotations

from ..grammar import Rule
from .compression import ModelCompression, QuantizeInference
from .deprecated import DeprecatedQuantization
from .parallel import DataParallelModule, MultiGpuIdle
from .pruning import PruningNoSavings

RULES: tuple[Rule, ...] = (
    DataParallelModule(),
    MultiGpuIdle(),
    ModelCompression(),
    QuantizeInference(),
    DeprecatedQuantization(),
    PruningNoSavings(),
)
"""In the order of the documentation."""

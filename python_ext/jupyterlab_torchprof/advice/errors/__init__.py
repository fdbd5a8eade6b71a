"""Help with errors of PyTorch's that the notebook can explain."""

from __future__ import annotations

from typing import Any

from ..rule import Rule
from .mismatch import InputDeviceMismatch
from .second_backward import BackwardTwice
from .unpickling import WeightsOnlyUnpickling

RULES: tuple[Rule[Any], ...] = (
    InputDeviceMismatch(),
    BackwardTwice(),
    WeightsOnlyUnpickling(),
)
"""In the order of the documentation."""

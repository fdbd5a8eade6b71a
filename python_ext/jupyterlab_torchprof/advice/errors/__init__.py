"""Help with errors of PyTorch's that the notebook can explain."""

from __future__ import annotations

from ..grammar import Rule
from .mismatch import InputDeviceMismatch
from .second_backward import BackwardTwice
from .shapes import ShapeMismatch
from .unpickling import WeightsOnlyUnpickling

RULES: tuple[Rule, ...] = (
    InputDeviceMismatch(),
    ShapeMismatch(),
    BackwardTwice(),
    WeightsOnlyUnpickling(),
)
"""In the order of the documentation."""

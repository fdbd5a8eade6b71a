"""Forwards without training: their mode and their memory."""

from __future__ import annotations

from typing import Any

from ..inference_memory import NoGradInference
from ..rule import Rule
from .evaluation import MissingEval
from .inference_mode import InferenceMode
from .training_mode import EvalModeTraining

RULES: tuple[Rule[Any], ...] = (
    NoGradInference(),
    MissingEval(),
    EvalModeTraining(),
    InferenceMode(),
)
"""In the order of the documentation."""

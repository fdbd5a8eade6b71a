"""Forwards without training: their mode and their memory."""

from __future__ import annotations

from ..grammar import Rule
from .evaluation import MissingEval
from .inference_mode import InferenceMode
from .no_grad import NoGradInference
from .training_mode import EvalModeTraining

RULES: tuple[Rule, ...] = (
    NoGradInference(),
    MissingEval(),
    EvalModeTraining(),
    InferenceMode(),
)
"""In the order of the documentation."""

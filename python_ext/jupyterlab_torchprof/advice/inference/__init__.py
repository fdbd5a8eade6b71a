"""Forwards without training: their mode and their memory."""

from __future__ import annotations

from typing import Any

from ..inference_memory import NoGradInference
from ..rule import Rule
from .evaluation import MissingEval

RULES: tuple[Rule[Any], ...] = (NoGradInference(), MissingEval())
"""In the order of the documentation."""

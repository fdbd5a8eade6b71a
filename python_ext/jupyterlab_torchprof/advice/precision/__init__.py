"""Number formats: mixed precision, half precision, TF32."""

from __future__ import annotations

from typing import Any

from ..rule import Rule
from .deprecated import DeprecatedCudaAmp

RULES: tuple[Rule[Any], ...] = (DeprecatedCudaAmp(),)
"""In the order of the documentation."""

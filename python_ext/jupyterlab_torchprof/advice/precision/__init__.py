"""Number formats: mixed precision, half precision, TF32."""

from __future__ import annotations

from typing import Any

from ..rule import Rule

RULES: tuple[Rule[Any], ...] = ()
"""In the order of the documentation."""

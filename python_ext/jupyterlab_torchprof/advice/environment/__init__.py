"""What PyTorch was built for against what the machine has."""

from __future__ import annotations

from typing import Any

from ..rule import Rule
from .builds import EnvCudaMismatch

RULES: tuple[Rule[Any], ...] = (EnvCudaMismatch(),)
"""In the order of the documentation."""

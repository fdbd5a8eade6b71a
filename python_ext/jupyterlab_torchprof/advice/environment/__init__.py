"""What PyTorch was built for against what the machine has."""

from __future__ import annotations

from ..grammar import Rule
from .builds import EnvCudaMismatch

RULES: tuple[Rule, ...] = (EnvCudaMismatch(),)
"""In the order of the documentation."""

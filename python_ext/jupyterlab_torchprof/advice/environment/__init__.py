"""What PyTorch was built for against what the machine has."""

from __future__ import annotations

from typing import Any

from ..rule import Rule

RULES: tuple[Rule[Any], ...] = ()
"""In the order of the documentation."""

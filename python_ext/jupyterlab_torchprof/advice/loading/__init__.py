"""Checkpoints: how they are read, and what stays of them."""

from __future__ import annotations

from typing import Any

from ..rule import Rule

RULES: tuple[Rule[Any], ...] = ()
"""In the order of the documentation."""

"""Errors of PyTorch that have a known way out, and what held the memory when it ran out."""

from __future__ import annotations

from typing import Any

from ..rule import Rule

RULES: tuple[Rule[Any], ...] = ()
"""In the order of the documentation."""

"""All rules, by family."""

from __future__ import annotations

from . import (
    capacity,
    compiling,
    data,
    environment,
    errors,
    inference,
    leaks,
    loading,
    operators,
    placement,
    precision,
    ranks,
    scaling,
    training,
)
from .grammar.rule import Rule

FAMILIES: dict[str, tuple[Rule, ...]] = {
    "Placement": placement.RULES,
    "Loading": loading.RULES,
    "Errors": errors.RULES,
    "Inference": inference.RULES,
    "Leaks": leaks.RULES,
    "Device memory": capacity.RULES,
    "Precision": precision.RULES,
    "Layout and compilation": compiling.RULES,
    "Data loading": data.RULES,
    "Training loop": training.RULES,
    "Ranks": ranks.RULES,
    "Several devices and smaller models": scaling.RULES,
    "Operators, after a deep profile": operators.RULES,
    "Environment": environment.RULES,
}
"""Rules by the title of their family, in the order of the documentation."""

RULES: tuple[Rule, ...] = tuple(rule for family in FAMILIES.values() for rule in family)
"""All rules; their ids are distinct."""

"""Operators of a span of time, without the names that the program gave to parts of itself."""

from __future__ import annotations

from collections.abc import Iterable

from .belonging import annotated_phase
from .collector import MARK
from .nesting import Operator


def cut(operators: Iterable[Operator], begin_ns: int, end_ns: int) -> list[Operator]:
    """What ran within the span, and only the time within it; parents come before their children.

    An annotation that tells no phase, as ``record_function("step")``, is no operator: what is in
    it is as if it was not there.
    """
    left: list[Operator] = []
    kept: set[Operator] = set()
    for each in operators:
        while each.parent is not None and each.parent not in kept:
            each.parent = each.parent.parent
        if each.start_ns >= end_ns or each.end_ns <= begin_ns > each.start_ns:
            continue
        if each.name == MARK or is_name(each):
            continue
        each.start_ns, each.end_ns = max(each.start_ns, begin_ns), min(each.end_ns, end_ns)
        each.children = []
        if each.parent is not None:
            each.parent.children.append(each)
        kept.add(each)
        left.append(each)
    return left


def is_name(operator: Operator) -> bool:
    """Whether it is but a name that the program gave to a part of itself."""
    return operator.is_annotation and annotated_phase(operator) is None and operator.name != MARK

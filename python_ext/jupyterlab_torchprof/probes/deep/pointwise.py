"""Operators that read and write each element, one behind the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from .belonging import Belonging, Belongings
from .inputs import POINTWISE, REDUCTIONS, Inputs
from .nesting import Operator, is_outermost

LEAST = 5
"""Fewer are no chain."""
_SIZES = {"float64": 8, "float32": 4, "int64": 8, "int32": 4, "bool": 1, "uint8": 1}
_VIEWS = frozenset(
    f"aten::{name}"
    for name in (
        *("view", "reshape", "transpose", "permute", "unsqueeze", "squeeze", "expand", "t"),
        *("select", "slice", "chunk", "split", "detach", "alias", "flatten", "expand_as"),
        *("view_as", "numpy_T", "narrow", "unbind", "movedim", "ones_like", "zeros_like"),
    )
)


@dataclass(slots=True)
class Chain:
    """Some of them."""

    first: Operator
    last: Operator
    at: Belonging
    """Of the first."""
    inputs: Inputs
    """Of the first."""
    count: int
    total_ns: int
    moved_bytes: int
    """Of what one wrote and the next read."""


def chains(operators: Sequence[Operator], belongings: Belongings) -> Iterator[Chain]:
    """Those of one piece's forwards; ``operators`` by thread and time.

    Short ones and views in between count for nothing, and end no chain.
    """
    found: list[Operator] = []
    for each in operators:
        if not is_outermost(each) or each.is_annotation:
            continue
        at = belongings.of(each)
        goes_on = at.phase in ("forward", "other") and (not found or each.thread == found[0].thread)
        if goes_on and each.name in POINTWISE and each.inputs is not None:
            if found and _largest(each) != _largest(found[0]):
                yield from _chain(found, belongings)
                found = []
            if found or each.name not in REDUCTIONS:  # which make something else of another
                found.append(each)
        elif not goes_on or each.name not in (*POINTWISE, *_VIEWS):
            yield from _chain(found, belongings)
            found = []
    yield from _chain(found, belongings)


def _chain(found: Sequence[Operator], belongings: Belongings) -> Iterator[Chain]:
    if len(found) < LEAST or found[0].inputs is None:
        return
    inputs = found[0].inputs
    size = _SIZES.get(inputs.tensors[0].dtype, 2)
    yield Chain(
        first=found[0],
        last=found[-1],
        at=belongings.of(found[0]),
        inputs=Inputs(inputs.tensors[:3]),
        count=len(found),
        total_ns=sum(each.total_ns for each in found),
        moved_bytes=2 * (len(found) - 1) * _largest(found[0]) * size,
    )


def _largest(operator: Operator) -> int:
    """Elements of the largest tensor that it got."""
    assert operator.inputs is not None
    return max(prod(each.shape) for each in operator.inputs.tensors)

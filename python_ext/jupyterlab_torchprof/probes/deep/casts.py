"""Tensors that are cast to another type in each step, again and again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from .belonging import Belonging, Belongings
from .inputs import CAST, Inputs, Tensor
from .nesting import Operator

_HALF = {5: "float16", 15: "bfloat16"}
"""PyTorch's numbers of types."""
_TOLD = 3


@dataclass(slots=True)
class Casts:
    """To one type, of what stood the whole time."""

    dtype: str
    at: Belonging
    """Of the one that took longest."""
    inputs: Inputs
    """The largest."""
    calls: int
    total_ns: int
    nbytes: int
    """Of all that was cast, once."""


@dataclass(slots=True)
class _Cast:
    tensor: Tensor
    steps: set[int] = field(default_factory=set)
    operators: list[Operator] = field(default_factory=list)


def casts(
    operators: Sequence[Operator],
    belongings: Belongings,
    boundaries_ns: Sequence[int],
    allocated: Collection[int],
) -> list[Casts]:
    """Casts from float32 of the same tensors in each of the steps, if none of them trains.

    ``allocated``: addresses at which something was made or freed meanwhile, so that it is not
    known to be the same.
    """
    if any(belongings.of(each).phase in ("backward", "optimizer") for each in operators):
        return []
    found: dict[tuple[int, int], _Cast] = {}
    for each in operators:
        if each.name != CAST or each.inputs is None or not each.inputs.numbers:
            continue
        (given,), ((dtype,),) = each.inputs.tensors, each.inputs.numbers
        if dtype in _HALF and given.dtype == "float32" and given.storage not in allocated:
            cast = found.setdefault((dtype, given.storage), _Cast(given))
            cast.steps.add(bisect_right(boundaries_ns, each.start_ns))
            cast.operators.append(each)
    steps = set(range(1, len(boundaries_ns)))
    told: list[Casts] = []
    for dtype, name in _HALF.items():
        again = [cast for (to, _at), cast in found.items() if to == dtype and cast.steps >= steps]
        if again:
            told.append(_told(name, again, belongings))
    return told


def _told(dtype: str, again: Sequence[_Cast], belongings: Belongings) -> Casts:
    largest = sorted(again, key=lambda cast: -_nbytes(cast.tensor))
    operators = [each for cast in again for each in cast.operators]
    longest = max(operators, key=lambda each: each.total_ns)
    return Casts(
        dtype=dtype,
        at=belongings.of(longest),
        inputs=Inputs(tuple(cast.tensor for cast in largest[:_TOLD])),
        calls=len(operators),
        total_ns=sum(each.total_ns for each in operators),
        nbytes=sum(_nbytes(cast.tensor) for cast in again),
    )


def _nbytes(tensor: Tensor) -> int:
    count = 4
    for size in tensor.shape:
        count *= size
    return count

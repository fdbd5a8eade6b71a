"""Operands on the user's own line whose sizes do not go together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations
from math import prod

from ...record import ErrorInfo, NamedObject
from ..evidence.failures import Failure
from .arranged_shapes import both, of_an_arrangement, together
from .cause import Cause, tensors_on_the_line

_PRODUCT = re.compile(r"shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)")
_BATCHED = re.compile(r"first two dimensions of batch2 tensor to be: \[(\d+), (\d+)\]")
_VECTOR = re.compile(r"got input \((\d+)\), mat \((\d+)x(\d+)\), vec \((\d+)\)")
_BROADCAST = re.compile(
    r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) "
    r"at non-singleton dimension (\d+)"
)
_Pair = tuple[NamedObject, NamedObject]


def of_operands(failure: Failure) -> Cause | None:
    """Why an operation on the line refused what the line names."""
    error = failure.error
    if not error.direct:
        return None
    for find, tell in ((_products, _of_a_product), (_broadcasts, _of_a_broadcast)):
        pairs = [pair for pair in find(error) if together(failure, pair[0].name, pair[1].name)]
        if len({frozenset((one.name, other.name)) for one, other in pairs}) == 1:
            return Cause(both(*pairs[0]), tell(error, *pairs[0]))  # as they stand on the line
    return of_an_arrangement(failure)


def _products(error: ErrorInfo) -> list[_Pair]:
    """Tensors of the line that can be the two of the product that failed."""
    tensors = tensors_on_the_line(error)
    first: list[NamedObject] = []
    second: list[NamedObject] = []
    if (match := _PRODUCT.search(error.message)) is not None:
        rows, inner, other_inner, columns = map(int, match.groups())
        first = [each for each in tensors if _as_matrix(each) == (rows, inner)]
        second = [each for each in tensors if each.shape == [other_inner, columns]]
    elif (match := _BATCHED.search(error.message)) is not None:
        batch, inner = map(int, match.groups())
        deep = [each for each in tensors if len(each.shape or ()) == 3]
        first = [each for each in deep if _ends(each, 0) == batch and _ends(each, 2) == inner]
        second = [each for each in deep if (each.shape or [])[:2] != [batch, inner]]
    elif (match := _VECTOR.search(error.message)) is not None:
        rows, inner, length = (int(match[index]) for index in (2, 3, 4))
        first = [each for each in tensors if each.shape == [rows, inner]]
        second = [each for each in tensors if each.shape == [length]]
    return [(one, other) for one in first for other in second if one is not other]


def _of_a_product(_error: ErrorInfo, one: NamedObject, other: NamedObject) -> str:
    left, right = (one.shape or []), (other.shape or [])
    there = right[-2] if len(right) > 1 else right[-1]
    advice = (
        f"In a product the last dimension of the first ({left[-1]:,}) must equal the "
        f"{'second-to-last' if len(right) > 2 else 'first'} of the second ({there:,})."
    )
    if len(right) > 1 and left[-1] == right[-1]:
        turned = f"{other.name}.T" if len(right) == 2 else f"{other.name}.transpose(-2, -1)"
        return f"{advice} `{turned}` would fit."
    if len(left) == 2 and len(right) == 2 and left[0] == right[0]:
        return f"{advice} `{one.name}.T` would fit."
    return advice


def _broadcasts(error: ErrorInfo) -> list[_Pair]:
    """Tensors of the line that can be the two that are not of one size."""
    match = _BROADCAST.search(error.message)
    if match is None:
        return []
    one_size, other_size, at = map(int, match.groups())
    return [
        (one, other)
        for one, other in permutations(tensors_on_the_line(error), 2)
        if _meet(one.shape or [], other.shape or [], at) == (one_size, other_size)
    ]


def _of_a_broadcast(error: ErrorInfo, one: NamedObject, other: NamedObject) -> str:
    match = _BROADCAST.search(error.message)
    one_size, other_size, at = map(int, match.groups()) if match is not None else (0, 0, 0)
    advice = (
        f"They are aligned at their last dimensions; in dimension {at} of the result there are "
        f"{one_size:,} and {other_size:,}, and only a size of 1 is repeated."
    )
    for short, long in ((one, other), (other, one)):
        shape, wanted = short.shape or [], long.shape or []
        if len(wanted) > 2 and shape == [wanted[1]]:
            axes = ", ".join(["None"] * (len(wanted) - 2))
            return f"{advice} `{short.name}[:, {axes}]` would align it with dimension 1."
        if len(shape) == len(wanted) - 1 and shape == wanted[: len(shape)]:
            return f"{advice} `{short.name}.unsqueeze(-1)` would align it with the first ones."
    return advice


def _as_matrix(tensor: NamedObject) -> tuple[int, int]:
    shape = tensor.shape or [0]
    return prod(shape[:-1]), shape[-1]


def _ends(tensor: NamedObject, index: int) -> int:
    return (tensor.shape or [])[index]


def _meet(one: Sequence[int], other: Sequence[int], at: int) -> tuple[int, int] | None:
    """The sizes that come together in one dimension of the result."""
    rank = max(len(one), len(other))
    first, second = at - (rank - len(one)), at - (rank - len(other))
    if first < 0 or second < 0 or at >= rank:
        return None
    return one[first], other[second]

"""Operands on the user's own line whose sizes do not go together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations
from math import prod

from ...record import ErrorInfo, NamedObject
from ..evidence.failures import Failure
from ..text.operands import meet
from .cause import Cause, line_text, read_objects, sizes, tensors_on_the_line

_PRODUCT = re.compile(r"shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)")
_BATCHED = re.compile(r"first two dimensions of batch2 tensor to be: \[(\d+), (\d+)\]")
_VECTOR = re.compile(r"got input \((\d+)\), mat \((\d+)x(\d+)\), vec \((\d+)\)")
_BROADCAST = re.compile(
    r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) "
    r"at non-singleton dimension (\d+)"
)
_CAT = "Sizes of tensors must match except in dimension"
_STACK = "stack expects each tensor to be equal size"
_NUMBER_OF_DIMENSIONS = "Tensors must have same number of dimensions"
_VIEW = re.compile(r"shape '(\[[^']*\])' is invalid for input of size (\d+)")
_Pair = tuple[NamedObject, NamedObject]
STRIDES = "view size is not compatible with input tensor's size and stride"


def of_operands(failure: Failure) -> Cause | None:
    """Why an operation on the line refused what the line names."""
    error = failure.error
    if not error.direct:
        return None
    for find, tell in ((_products, _of_a_product), (_broadcasts, _of_a_broadcast)):
        pairs = [pair for pair in find(error) if together(failure, pair[0].name, pair[1].name)]
        if len({frozenset((one.name, other.name)) for one, other in pairs}) == 1:
            return Cause(_are(*pairs[0]), tell(error, *pairs[0]))  # as they stand on the line
    return _joined(failure) or _view(error) or _strides(failure)


def together(failure: Failure, *names: str, mixing: bool = True) -> bool:
    """Whether one operation on the line has these for operands, as far as its text is known.

    ``mixing`` as for `meet`.
    """
    if not line_text(failure) or failure.code is None or failure.line is None:
        return False
    return meet(failure.code.source, failure.line, *names, mixing=mixing)


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


def _joined(failure: Failure) -> Cause | None:
    error = failure.error
    message = error.message
    if not any(part in message for part in (_CAT, _STACK, _NUMBER_OF_DIMENSIONS)):
        return None
    lists = [each for each in read_objects(error) if len(each.shapes) > 1]
    tensors = tensors_on_the_line(error)
    if len(lists) == 1 and not tensors and together(failure, lists[0].name):
        shapes = lists[0].shapes
        title = f"The tensors in `{lists[0].name}` are {_enumerated(shapes)}."
    elif not lists and len(tensors) == 2 and together(failure, *(t.name for t in tensors)):
        shapes = [each.shape or [] for each in tensors]
        title = _are(*tensors)
    else:
        return None
    if all(shape == shapes[0] for shape in shapes):
        return None
    if _STACK in message:
        return Cause(
            title,
            "torch.stack makes a new dimension, so all must be of one size; torch.cat joins them "
            "along one that they have. Sequences of different lengths are padded by "
            "`torch.nn.utils.rnn.pad_sequence`.",
        )
    advice = "torch.cat joins along one dimension, so all other sizes must be equal."
    ranks = {len(shape) for shape in shapes}
    if len(ranks) > 1:
        return Cause(
            title, f"{advice} They have {' and '.join(map(str, sorted(ranks)))} dimensions."
        )
    differing = [k for k in range(ranks.pop()) if len({shape[k] for shape in shapes}) > 1]
    if len(differing) == 1:
        advice += f" They differ in dimension {differing[0]} only: `dim={differing[0]}` would fit."
    return Cause(title, advice)


def _view(error: ErrorInfo) -> Cause | None:
    match = _VIEW.search(error.message)
    if match is None:
        return None
    wanted, elements = match[1], int(match[2])
    tensor = _the_one([t for t in tensors_on_the_line(error) if prod(t.shape or []) == elements])
    if tensor is None:
        return None
    asked = [int(size) for size in re.findall(r"-?\d+", wanted)]
    known = prod(size for size in asked if size >= 0)
    if -1 in asked:
        need = f"a multiple of {known:,}, and {elements:,} is none"
    else:
        need = f"{known:,} elements"
    return Cause(
        f"`{tensor.name}` is {sizes(tensor.shape)}, {elements:,} elements: they cannot become "
        f"{wanted}.",
        f"{wanted} needs {need}."
        + (
            f" To keep the batch as it is: `.flatten(1)`, which gives "
            f"{sizes([tensor.shape[0], elements // tensor.shape[0]])}."
            if tensor.shape and len(tensor.shape) > 2 and tensor.shape[0] and len(asked) == 2
            else ""
        ),
    )


def _strides(failure: Failure) -> Cause | None:
    error = failure.error
    if STRIDES not in error.message:
        return None
    viewed = [t for t in tensors_on_the_line(error) if f"{t.name}.view(" in line_text(failure)]
    tensor = _the_one(viewed)
    name = "What is viewed" if tensor is None else f"`{tensor.name}` {sizes(tensor.shape)}"
    return Cause(
        f"{name} is not laid out in memory in the order of its dimensions, so a view cannot join "
        "them.",
        "It was transposed, permuted or cut. `reshape` gives the same values, and copies them "
        "where a view cannot be had.",
    )


def _the_one(tensors: Sequence[NamedObject]) -> NamedObject | None:
    return tensors[0] if len(tensors) == 1 else None


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


def _are(one: NamedObject, other: NamedObject) -> str:
    return f"`{one.name}` is {sizes(one.shape)}, `{other.name}` {sizes(other.shape)}."


def _enumerated(shapes: Sequence[Sequence[int]]) -> str:
    distinct = list(dict.fromkeys(map(sizes, shapes)))
    return " and ".join(distinct[:3]) + (" and others" if len(distinct) > 3 else "")

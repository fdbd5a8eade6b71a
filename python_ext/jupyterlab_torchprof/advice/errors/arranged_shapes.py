"""Tensors that cannot be joined or arranged as a line asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod

from ...record import ErrorInfo, NamedObject
from ..evidence.failures import Failure
from ..text.operands import meet
from .cause import Cause, line_text, read_objects, sizes, tensors_on_the_line

_CAT = "Sizes of tensors must match except in dimension"
_STACK = "stack expects each tensor to be equal size"
_NUMBER_OF_DIMENSIONS = "Tensors must have same number of dimensions"
_VIEW = re.compile(r"shape '(\[[^']*\])' is invalid for input of size (\d+)")
STRIDES = "view size is not compatible with input tensor's size and stride"


def of_an_arrangement(failure: Failure) -> Cause | None:
    """Why what the line names cannot be joined, or viewed in other sizes."""
    return _joined(failure) or _view(failure.error) or _strides(failure)


def together(failure: Failure, *names: str, mixing: bool = True) -> bool:
    """Whether one operation on the line has these for operands, as far as its text is known.

    ``mixing`` as for `meet`.
    """
    if not line_text(failure) or failure.code is None or failure.line is None:
        return False
    return meet(failure.code.source, failure.line, *names, mixing=mixing)


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
        title = both(*tensors)
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
    text = line_text(failure)
    viewed = [t for t in tensors_on_the_line(error) if f"{t.name}.view(" in text]
    tensor = _the_one(viewed) if text.count(".view(") == 1 else None
    name = "What is viewed" if tensor is None else f"`{tensor.name}` {sizes(tensor.shape)}"
    return Cause(
        f"{name} is not laid out in memory in the order of its dimensions, so a view cannot join "
        "them.",
        "It was transposed, permuted or cut. `reshape` gives the same values, and copies them "
        "where a view cannot be had.",
    )


def _the_one(tensors: Sequence[NamedObject]) -> NamedObject | None:
    return tensors[0] if len(tensors) == 1 else None


def both(one: NamedObject, other: NamedObject) -> str:
    """The sizes of two tensors, as a sentence."""
    return f"`{one.name}` is {sizes(one.shape)}, `{other.name}` {sizes(other.shape)}."


def _enumerated(shapes: Sequence[Sequence[int]]) -> str:
    distinct = list(dict.fromkeys(map(sizes, shapes)))
    return " and ".join(distinct[:3]) + (" and others" if len(distinct) > 3 else "")

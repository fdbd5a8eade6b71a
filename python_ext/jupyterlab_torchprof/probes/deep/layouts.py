"""Copies that only put the numbers of a tensor in another order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from .belonging import Belonging, Belongings
from .inputs import COPY, PRODUCTS, Inputs, Tensor
from .nesting import Operator

_COPYING = ("aten::clone", "aten::contiguous")
_CHANNELS = ((0, 2, 3, 1), (0, 3, 1, 2))
"""The axes of images in the order of memory, where something brings the channels to the end, or
to the front."""


@dataclass(slots=True)
class Layout:
    """One copy, and what could do without it."""

    name: str
    """A product, which takes what was copied as it was; or ``"channels_last"``, an order in which
    it would lie as it is wanted."""
    at: Belonging
    inputs: Inputs
    """Of the product, with the source in the place of its copy, which the number tells; else the
    source."""
    total_ns: int
    """Of the copy, with the product."""


@dataclass(slots=True)
class _Copy:
    operator: Operator
    source: Tensor
    uses: list[tuple[Operator, int]]
    """Products that get it, and as which of their tensors."""


def layouts(operators: Sequence[Operator], belongings: Belongings) -> Iterator[Layout]:
    """Those of one piece's forwards; ``operators`` by thread and time."""
    copies: dict[int, _Copy] = {}
    for each in operators:
        if each.inputs is None or belongings.of(each).phase not in ("forward", "other"):
            continue
        if each.name == COPY:
            source = _source(each)
            if source is not None and _axes(source) in _CHANNELS:
                yield _told("channels_last", each, belongings, Inputs((source,)), 0)
            elif source is not None:
                copies[each.inputs.tensors[0].number] = _Copy(each, source, [])
        elif each.name in PRODUCTS:
            for index, tensor in enumerate(each.inputs.tensors):
                if tensor.number in copies:
                    copies[tensor.number].uses.append((each, index))
    for copy in copies.values():
        found = _needless(copy, belongings)
        if found is not None:
            yield found


def _source(copy: Operator) -> Tensor | None:
    """What was put in order, into memory that was made for it; ``None``: it is another copy."""
    tensors = () if copy.inputs is None else copy.inputs.tensors
    around = copy.parent
    if len(tensors) != 2 or around is None or around.name != "aten::clone":
        return None
    made, source = tensors
    is_order = made.strides is None and made.number and _axes(source) is not None
    is_same = (made.shape, made.dtype, made.device) == (source.shape, source.dtype, source.device)
    return source if is_order and is_same else None


def _axes(tensor: Tensor) -> tuple[int, ...] | None:
    """The axes from the outermost in memory to the innermost, without those of one element.

    ``None``: it lies in the usual order, or has gaps.
    """
    strides = tensor.strides
    if strides is None:
        return None
    long = (axis for axis, size in enumerate(tensor.shape) if size != 1)
    axes = tuple(sorted(long, key=lambda axis: -strides[axis]))
    expected = 1
    for axis in reversed(axes):
        if strides[axis] != expected:
            return None
        expected *= tensor.shape[axis]
    return axes


def _needless(copy: _Copy, belongings: Belongings) -> Layout | None:
    """A copy for one product that could read the source."""
    if len(copy.uses) != 1:
        return None
    product, index = copy.uses[0]
    given = product.inputs.tensors if product.inputs is not None else ()
    source = _folded(copy.source, given[index].shape)
    is_whole = given[index].strides is None and product.thread == copy.operator.thread
    if source is None or not is_whole or not _is_matrix(source):
        return None
    tensors = (*given[:index], source, *given[index + 1 :])
    inputs = Inputs(tensors, ((index,),))
    return _told(product.name, copy.operator, belongings, inputs, product.total_ns)


def _folded(tensor: Tensor, shape: tuple[int, ...]) -> Tensor | None:
    """A view of a tensor whose first axes are one; ``None``: there is none of this shape."""
    strides, many = tensor.strides or (), len(tensor.shape) - len(shape) + 1
    if many < 1 or (prod(tensor.shape[:many]), *tensor.shape[many:]) != shape:
        return None
    if any(strides[axis] != strides[axis + 1] * tensor.shape[axis + 1] for axis in range(many - 1)):
        return None
    return tensor._replace(shape=shape, strides=strides[many - 1 :])


def _is_matrix(tensor: Tensor) -> bool:
    """Whether its rows or its columns lie one behind the other, as products read them."""
    strides = tensor.strides or ()
    return len(strides) in (2, 3) and 1 in strides[-2:]


def _told(
    name: str, copy: Operator, belongings: Belongings, inputs: Inputs, more_ns: int
) -> Layout:
    outer = copy
    while outer.parent is not None and outer.parent.name in _COPYING:
        outer = outer.parent
    return Layout(name, belongings.of(outer), inputs, outer.total_ns + more_ns)

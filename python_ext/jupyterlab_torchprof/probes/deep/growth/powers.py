"""With which power of the batch size, and of the sequence length, a block grows.

Told by sizes alone, so it is told only where a size can be nothing else. A size that is the batch's
and may as well be a layer's leaves a range.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from .seen import Shape

_FEW = 8
"""A batch of fewer divides many sizes by chance."""
_LARGE = 1_024
"""A tensor of one size, and that larger, may have anything in it."""


class Powers(NamedTuple):
    """Least and most, which are the same where it is certain."""

    batch: int = 0
    length: int = 0
    most_batch: int = 0
    most_length: int = 0

    @property
    def is_certain(self) -> bool:
        """Whether there is one answer."""
        return self.batch == self.most_batch and self.length == self.most_length


CONSTANT = Powers()


@dataclass(frozen=True, slots=True)
class Sizes:
    """What sizes there are in a step."""

    batch: int | None = None
    length: int | None = None
    """Of sequences; ``None``: there are none, or it is the batch's as well."""
    constants: frozenset[int] = frozenset()
    """Sizes of parameters."""
    parameters: frozenset[Shape] = field(default_factory=frozenset)
    """Shapes of parameters."""

    @property
    def known(self) -> bool:
        """Whether a batch can be recognised: of one element every size of one could be it."""
        return self.batch is not None and self.batch > 1


def powers_of(shapes: Iterable[Shape], sizes: Sizes, *, is_spatial: bool = False) -> Powers | None:
    """Of a block in which tensors of these shapes were; ``None``: cannot tell.

    Where several shapes tell something certain, the highest powers count: a view may have the batch
    hidden in another size, but none has one that is not there.
    """
    if not sizes.known:
        return None
    told = [_of_shape(shape, sizes, is_spatial) for shape in shapes if shape]
    if not told:
        return CONSTANT  # numbers
    growing = [each for each in told if each.is_certain and each != CONSTANT]
    if growing:
        batch = max(each.batch for each in growing)
        length = max(each.length for each in growing)
        return Powers(batch, length, batch, length)
    return Powers(
        min(each.batch for each in told),
        min(each.length for each in told),
        max(each.most_batch for each in told),
        max(each.most_length for each in told),
    )


class _Count:
    """Of one shape: powers that are found one after the other."""

    def __init__(self) -> None:
        self.batch = self.length = self.most_batch = self.most_length = 0

    def add_batch(self, certain: bool) -> None:
        self.batch += certain
        self.most_batch += 1

    def add_length(self, certain: bool) -> None:
        self.length += certain
        self.most_length += 1

    def told(self) -> Powers:
        return Powers(self.batch, self.length, self.most_batch, self.most_length)


def _of_shape(shape: Shape, sizes: Sizes, is_spatial: bool) -> Powers:
    batch, length = sizes.batch or 0, sizes.length
    if length == batch:  # only the first can be told
        length = None
    if _is_of_parameter(shape, sizes):
        return Powers(0, 0, shape.count(batch), shape.count(length) if length else 0)
    count = _Count()
    _add_first(count, shape, sizes, length)
    if is_spatial and count.batch:
        return count.told()  # what is as high or wide as the batch is large is no batch
    for index, size in enumerate(shape):
        if not index:
            continue
        is_layers = size in sizes.constants or _is_part_of_layer(shape, index, sizes)
        if size == batch:
            # Samples by samples, or a size of the program's that is just as large.
            count.add_batch(not is_layers and (len(shape) == 2 or not count.most_batch))
        elif size == length:
            count.add_length(not is_layers or (index == 1 and shape[0] == batch))
    if len(shape) == 2 and not count.most_batch:  # (features, batch x length)
        _add_merged(count, shape[1], sizes, length, 2)
    is_strange = len(shape) > 1 and shape[0] not in {1, length, *sizes.constants}
    if is_strange and not count.most_batch:
        count.add_batch(False)  # a part of the batch, or as many as the data has of something
    return count.told()


def _add_first(count: _Count, shape: Shape, sizes: Sizes, length: int | None) -> None:
    size = shape[0]
    if size == sizes.batch:
        count.add_batch(True)
    elif size == length:
        count.add_length(size not in sizes.constants)
    else:
        _add_merged(count, size, sizes, length, len(shape))


def _add_merged(count: _Count, size: int, sizes: Sizes, length: int | None, rank: int) -> None:
    """A size that has the batch and something else in it, as of a flattened tensor."""
    batch = sizes.batch or 1
    if size < 2 * batch or size % batch:
        if rank == 1 and size > _LARGE and size not in sizes.constants:
            count.add_batch(False)  # all of a library's own in one, as an LSTM's
            if length is not None:
                count.add_length(False)
        return
    is_both = length is not None and length > 1 and size % (batch * length) == 0
    if size in sizes.constants:
        # A layer's that the batch divides, unless it is just what is flattened.
        if is_both and size == batch * (length or 1):
            count.add_batch(False)
            count.add_length(False)
        return
    if is_both:
        count.add_batch(True)
        count.add_length(size == batch * (length or 1) or (length or 1) >= _FEW)
    else:
        count.add_batch(batch >= _FEW or rank > 2)
        if rank == 1 and length is not None:
            count.add_length(False)


def _is_part_of_layer(shape: Shape, index: int, sizes: Sizes) -> bool:
    """Whether it may be a layer's size divided by another of the sizes, as by a number of heads."""
    others = [size for at, size in enumerate(shape) if at and at != index]
    if shape[0] % (sizes.batch or 1) == 0:
        others.append(shape[0] // (sizes.batch or 1))
    return any(other > 1 and shape[index] * other in sizes.constants for other in others)


def _is_of_parameter(shape: Shape, sizes: Sizes) -> bool:
    return (
        shape in sizes.parameters
        or shape[::-1] in sizes.parameters
        or (len(shape) == 1 and any(prod(each) == shape[0] for each in sizes.parameters))
    )

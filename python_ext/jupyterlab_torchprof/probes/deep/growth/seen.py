"""The sizes of tensors that operators got, by the memory that they lie in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

Shape = tuple[int, ...]

_MOST_SHAPES = 6
"""Of one block: views of it."""
_SPATIAL = ("conv", "pool", "batch_norm", "group_norm", "upsample")
"""In names of operators in whose results a batch stands once, whatever the other sizes are."""
_LEAST_SPATIAL = 4
"""Sizes of a tensor that such an operator gets."""


@dataclass(slots=True)
class Seen:
    """Of one block of memory while it lives."""

    device: str
    pointer: int
    itemsize: int
    """Bytes of an element."""
    is_floating: bool
    last_ns: int = 0
    """When an operator got it last."""
    uses: list[int] = field(default_factory=list)
    """When operators that got it ended, in no order."""
    shapes: set[Shape] = field(default_factory=set)
    nbytes: int = 0
    """Of the largest tensor in it: the block may be larger."""
    is_spatial: bool = False
    """It was given to a convolution, or what comes with one."""

    def add(self, shape: Shape) -> None:
        """A tensor in it had this shape."""
        if shape in self.shapes:
            return
        if len(self.shapes) < _MOST_SHAPES:
            self.shapes.add(shape)
        self.nbytes = max(self.nbytes, self.itemsize * prod(shape))

    def whole_shapes(self) -> list[Shape]:
        """Those of tensors that are most of it: others may be any piece."""
        return [shape for shape in self.shapes if 2 * self.itemsize * prod(shape) >= self.nbytes]


class Got(NamedTuple):
    """What one operator got."""

    nbytes: int
    """Of all its tensors."""
    first_nbytes: int
    """Of the first, which an operator in place writes."""
    device: str
    """Of the first; empty: it got none."""
    dtype: str
    """Of the first that has floating-point numbers; empty: none has."""


class Sightings:
    """Reads PyTorch's event tree, and keeps nothing of it."""

    def __init__(self, metadata: type) -> None:
        """``metadata``: PyTorch's class of what it tells of a tensor."""
        self._metadata = metadata
        self.blocks: dict[int, Seen] = {}
        """By PyTorch's number of an allocation, which is given once."""
        self.got: dict[tuple[int, str], Got] = {}
        """By when an operator began, and its name."""
        self._dtypes: dict[Any, tuple[int, bool, str]] = {}

    def add(self, name: str, began_ns: int, taken_ns: int, inputs: list[Any]) -> None:
        """An operator of the tree, and what it got."""
        whole = first = 0
        device = dtype = ""
        for tensor in self._tensors(inputs):
            shape = _in_memory(tensor)
            itemsize, is_floating, named = self._of_dtype(tensor.dtype)
            nbytes = itemsize * prod(shape)
            whole += nbytes
            if not device:
                device, first = str(tensor.device), nbytes
            if is_floating and not dtype:
                dtype = named
            self._add(tensor, shape, (began_ns, began_ns + taken_ns), name)
        if device:
            self.got[began_ns, name] = Got(whole, first, device, dtype)

    def _tensors(self, inputs: list[Any]) -> Iterator[Any]:
        for each in inputs:
            if type(each) is self._metadata:
                yield each
            elif type(each) is list:
                yield from (one for one in each if type(one) is self._metadata)

    def _add(self, tensor: Any, shape: Shape, ran_ns: tuple[int, int], name: str) -> None:
        began_ns, ended_ns = ran_ns
        number = tensor.allocation_id
        if number is None:
            return
        block = self.blocks.get(number)
        if block is None:
            itemsize, is_floating, _named = self._of_dtype(tensor.dtype)
            block = self.blocks[number] = Seen(
                str(tensor.device), tensor.storage_data_ptr or 0, itemsize, is_floating
            )
        block.last_ns = max(block.last_ns, began_ns)
        block.uses.append(ended_ns)
        if shape in block.shapes and (block.is_spatial or len(shape) < _LEAST_SPATIAL):
            return
        block.add(shape)
        if len(shape) >= _LEAST_SPATIAL and any(part in name for part in _SPATIAL):
            block.is_spatial = True

    def _of_dtype(self, dtype: Any) -> tuple[int, bool, str]:
        known = self._dtypes.get(dtype)
        if known is None:
            known = self._dtypes[dtype] = (
                dtype.itemsize,
                dtype.is_floating_point,
                str(dtype).removeprefix("torch."),
            )
        return known


def _in_memory(tensor: Any) -> Shape:
    """Its sizes, where an expanded one, which takes no more memory, is one."""
    sizes, strides = tensor.sizes, tensor.strides
    if 0 in strides:
        return tuple(size if stride else 1 for size, stride in zip(sizes, strides, strict=True))
    return tuple(sizes)

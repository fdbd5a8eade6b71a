"""Which sizes of what a root module got are the batch's and the sequences'."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .... import clocks
from ...objects.kinds import Kind, is_exactly
from ...objects.tensors import Tensors
from .seen import Shape

_MOST_CALLS = 10_000


@dataclass(frozen=True, slots=True)
class Given:
    """What one call of a root module got."""

    at_ns: int
    shape: Shape
    """Of the first of its tensors that has two sizes or more, or else one."""
    is_integer: bool
    addresses: tuple[int, ...]
    """Of its tensors."""


class InputSizes:
    """Of the calls of a run."""

    def __init__(self, torch: ModuleType) -> None:
        """None was seen."""
        self._tensors = Tensors(torch)
        self._address = getattr(torch._C, "_data_address", torch._C.TensorBase.data_ptr)
        self.calls: list[Given] = []

    def add(self, inputs: tuple[Any, ...]) -> None:
        """A root was called with these."""
        if len(self.calls) >= _MOST_CALLS:
            return
        with self._tensors.quiet():
            tensors = list(self._found(inputs))
            shapes = [tuple(self._tensors.shape(each)) for each in tensors]
            index = next((at for at, shape in enumerate(shapes) if len(shape) > 1), None)
            if index is None:
                index = next((at for at, shape in enumerate(shapes) if shape), None)
            if index is None:
                return
            self.calls.append(
                Given(
                    clocks.time_ns(),
                    shapes[index],
                    not self._tensors.dtype(tensors[index]).is_floating_point,
                    tuple(filter(None, map(self._address_of, tensors))),
                )
            )

    def _address_of(self, tensor: Any) -> int:
        try:
            address: int = self._address(tensor)
        except Exception:
            return 0
        return address

    def _found(self, inputs: tuple[Any, ...]) -> Iterator[Any]:
        for each in inputs:
            if self._tensors.kind(each) is Kind.TENSOR:
                yield each
            elif is_exactly(each, (list, tuple, dict)):
                inner = dict.values(each) if type(each) is dict else each
                yield from (one for one in inner if self._tensors.kind(one) is Kind.TENSOR)


def batch_of(calls: list[Given]) -> int | None:
    """The first size of what the calls got; ``None``: there are several, or no calls."""
    firsts = {call.shape[0] for call in calls}
    return next(iter(firsts)) if len(firsts) == 1 else None


def length_of(calls: list[Given], constants: frozenset[int]) -> int | None:
    """The second size, of indices (batch, length), or of (batch, length, features)."""
    lengths = {
        call.shape[1]
        for call in calls
        if (len(call.shape) == 2 and call.is_integer)
        or (len(call.shape) == 3 and not call.is_integer and call.shape[2] in constants)
    }
    length = next(iter(lengths)) if len(lengths) == 1 else None
    return length if length is not None and length > 1 else None

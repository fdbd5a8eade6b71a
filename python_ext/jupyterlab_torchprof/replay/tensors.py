"""Random tensors like those that were recorded."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Any

from ..beside.errors import CannotMeasure
from ..beside.program import room
from ..record import DeepInput, DeepWork
from ..units import format_bytes

_SHARE = 4
_COPIES = 3
"""What operators make of a tensor: results, conversions, gradients."""


class Tensors:
    """Makes tensors on one device, from a random generator of its own."""

    def __init__(self, torch: Any, device: str) -> None:
        """Nothing is made yet."""
        self.torch, self.device = torch, torch.device(device)
        self._generator = torch.Generator(device=self.device)
        self._generator.manual_seed(0)

    def like(self, given: DeepInput, shape: list[int] | None = None) -> Any:
        """One like this, or of another shape."""
        dtype = getattr(self.torch, given.dtype)
        tensor = self._empty(given, dtype) if shape is None else None
        if tensor is None:
            tensor = self.torch.empty(shape or given.shape, dtype=dtype, device=self.device)
        return tensor.normal_(generator=self._generator)

    def _empty(self, given: DeepInput, dtype: Any) -> Any:
        """With the strides of the recorded one; ``None``: its elements shared memory."""
        if given.strides is None or _overlaps(given):
            return None
        return self.torch.empty_strided(given.shape, given.strides, dtype=dtype, device=self.device)


def check_memory(torch: Any, work: DeepWork) -> None:
    """See that it takes no more than a quarter of the free memory, and leaves the peak as it is.

    Raises:
        CannotMeasure: it would not.
    """
    needed = _COPIES * sum(_nbytes(torch, each) for each in _all(torch, work))
    free = _free(torch, work.device)
    if free is None:
        raise CannotMeasure("How much memory is free is not known here.")
    if needed > free // _SHARE:
        raise CannotMeasure(
            f"It would take about {format_bytes(needed)}, more than a quarter of the memory that "
            "is free."
        )
    if _raises_peak(torch, work.device, needed):
        raise CannotMeasure(
            f"It would take about {format_bytes(needed)}, and so raise the peak of {work.device}, "
            "which your program may read."
        )


def _all(torch: Any, work: DeepWork) -> Iterable[DeepInput]:
    """What it gets, and the largest that it makes."""
    yield from work.inputs
    shapes = [each.shape for each in work.inputs]
    dtype = work.inputs[0].dtype
    if work.kind == "optimizer":
        yield from (*work.inputs, *work.inputs)  # two states
    elif work.kind == "attention":
        weights = DeepInput(shape=[*shapes[0][:2], shapes[1][1]], dtype=dtype)
        yield from (weights, weights)
    elif work.name == "aten::convolution":
        yield DeepInput(shape=[shapes[0][0], shapes[1][0], *shapes[0][2:]], dtype=dtype)
    else:
        yield DeepInput(shape=[*shapes[-2][:-1], shapes[-1][-1]], dtype=dtype)


def _nbytes(torch: Any, given: DeepInput) -> int:
    return prod(given.shape) * int(getattr(torch, given.dtype).itemsize)


def _free(torch: Any, device: str) -> int | None:
    kind = device.partition(":")[0]
    if kind == "cpu":
        try:
            import psutil
        except ImportError:
            return None
        return int(psutil.virtual_memory().available)
    module = getattr(torch, kind, None)
    if module is None or not hasattr(module, "mem_get_info"):
        return None
    return int(module.mem_get_info(device)[0])


def _raises_peak(torch: Any, device: str, needed: int) -> bool:
    """Whether PyTorch's own count of the most memory would be another one afterwards."""
    try:
        left = room(torch, device)
    except CannotMeasure:  # nobody counts
        return False
    return left is not None and needed > left


def _overlaps(given: DeepInput) -> bool:
    strides = zip(given.strides or [], given.shape, strict=False)
    return any(stride == 0 and size > 1 for stride, size in strides)

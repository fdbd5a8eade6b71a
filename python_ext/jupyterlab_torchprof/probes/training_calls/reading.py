"""Reads numbers that wait for no device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..objects.quiet import Quiet
from ..torch_import import imported_torch


def readable(value: Any) -> float | None:
    """The number in a plain tensor on the CPU; ``None`` for others."""
    torch: Any = imported_torch()
    if torch is None or type(value) is not torch.Tensor:
        return None
    with Quiet(torch), torch._C._DisableTorchDispatch():
        return float(torch.Tensor.item(value)) if value.is_cpu else None


def reader(torch: Any) -> Callable[[Any], float | None]:
    """As `readable`, quick where no mode would be told of it, for what is read in each step."""
    try:
        dispatch = torch._C._len_torch_dispatch_stack
        functions = torch._C._len_torch_function_stack
    except AttributeError:  # this PyTorch has other names for them
        return readable
    tensor = torch.Tensor
    item, is_cpu = torch._C.TensorBase.item, torch._C.TensorBase.is_cpu.__get__

    def read(value: Any) -> float | None:
        if type(value) is not tensor:
            return None
        if dispatch() or functions():
            return readable(value)
        return float(item(value)) if is_cpu(value) else None

    return read

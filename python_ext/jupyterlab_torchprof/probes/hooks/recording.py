"""What is being recorded while a module is called."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any


def is_recorded(torch: ModuleType) -> Callable[[], bool]:
    """Tells whether a call's operations are recorded, by torch.compile or torch.jit.trace.

    What we read of a tensor then would become a part of the program.
    """
    is_compiling: Callable[[], bool] = torch.compiler.is_compiling
    tracing_state: Callable[[], Any] = getattr(torch._C, "_get_tracing_state", lambda: None)

    def is_recorded() -> bool:
        return is_compiling() or tracing_state() is not None

    return is_recorded


def is_transforming(torch: Any) -> bool:
    """Within ``vmap``, ``torch.func.grad`` or a trace: tensors are not what they seem."""
    transforms = getattr(torch._C, "_functorch", None)
    stack = getattr(transforms, "peek_interpreter_stack", None)
    if stack is not None and stack() is not None:
        return True
    return torch._C._get_tracing_state() is not None


def numbering(torch: ModuleType) -> Callable[[], int]:
    """Tells the number that autograd gives its next node; 0 if this PyTorch does not tell."""
    bindings: Any = getattr(torch._C, "_autograd", None)
    number: Callable[[], int] = getattr(bindings, "_get_sequence_nr", lambda: 0)
    return number

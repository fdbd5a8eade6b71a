"""What a call of a module shows at the first look: where it is, and the shape of its input."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from ..objects.kinds import namespace_reader
from ..objects.managed import execution_device
from ..objects.quiet import Quiet
from ..objects.tensors import Tensors

_MAX_MODULES = 200
_MAX_ARGUMENTS = 32


class FirstLook:
    """Reads modules and arguments; nobody's code runs."""

    def __init__(self, torch: ModuleType) -> None:
        """``torch``: the imported module."""
        base = torch._C.TensorBase
        self._tensor = base
        self._shape = base.shape.__get__
        self._is_floating_point = base.is_floating_point
        self._torch = torch
        self._module = torch.nn.Module
        self._own = namespace_reader(torch.nn.Module)

    def place(self, module: Any) -> tuple[str | None, str | None]:
        """Device of the first parameter or buffer, dtype of the first floating-point parameter."""
        read = Tensors(self._torch)
        # What accelerate's hooks move is elsewhere, or on the meta device, until they have run.
        device = execution_device(self._torch, self._own(module))
        with read.quiet():
            for owner, slot, tensor in self._tensors(module):
                if device is None:
                    device = read.device_name(tensor)
                    if device == "meta":
                        device = execution_device(self._torch, owner) or device
                if slot == "_parameters" and self._is_floating_point(tensor):
                    return device, read.dtype_name(tensor)
        return device, None

    def _tensors(self, root: Any) -> Iterable[tuple[dict[str, Any], str, Any]]:
        """Parameters and buffers of the first modules, from the root down, and whose."""
        stack = [root]
        for _ in range(_MAX_MODULES):
            if not stack:
                return
            own = self._own(stack.pop())
            for slot in ("_parameters", "_buffers"):
                for tensor in _values(own.get(slot)):
                    if issubclass(type(tensor), self._tensor):
                        yield own, slot, tensor
            children = [
                child
                for child in _values(own.get("_modules"))
                if issubclass(type(child), self._module)
            ]
            stack.extend(reversed(children))

    def shape(self, arguments: tuple[Any, ...]) -> tuple[int, ...] | None:
        """Sizes of the first tensor among the arguments, or in a container among them."""
        for argument in arguments:
            tensor = self._first(argument)
            if tensor is not None:
                try:
                    with Quiet(self._torch):
                        return tuple(int(size) for size in self._shape(tensor))
                except Exception:  # it has no fixed ones: nested, symbolic
                    return None
        return None

    def _first(self, argument: Any) -> Any:
        cls = type(argument)
        if issubclass(cls, self._tensor):
            return argument
        values: Callable[[Any], Iterable[Any]]
        if issubclass(cls, UserDict):  # as a tokenizer's batch is
            argument = object.__getattribute__(argument, "__dict__").get("data")
            cls = type(argument)
        if issubclass(cls, dict):
            values = dict.values
        elif issubclass(cls, (list, tuple)):
            values = list.__iter__ if issubclass(cls, list) else tuple.__iter__
        else:
            return None
        for _, value in zip(range(_MAX_ARGUMENTS), values(argument), strict=False):
            if issubclass(type(value), self._tensor):
                return value
        return None


def _values(registered: Any) -> Iterable[Any]:
    return dict.values(registered) if issubclass(type(registered), dict) else ()

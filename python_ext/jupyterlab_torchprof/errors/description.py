"""What can be told of a tensor, a module or an optimizer that an error is about."""

from __future__ import annotations

from itertools import islice
from typing import Any

from ..probes.objects.kinds import class_name, is_exactly
from ..probes.objects.optimizer_parts import OptimizerParts
from ..probes.objects.paths import Step, Trail, variable, write
from ..probes.objects.placed import storage_bytes_by_device
from ..probes.objects.tensors import Tensors
from ..probes.objects.trees import child_trail
from ..record import NamedObject

_MAX_ITEMS = 64
_MAX_SHAPES = 8
_MOST_HIDDEN = 4
_MAX_MODULES = 2_000
_MOST_VALUES = 10_000_000
"""Of a tensor whose range is looked at."""
_INTEGERS = ("int64", "int32", "int16", "int8", "uint8")


class Describer:
    """Describes values for a record. Runs no code of theirs, and keeps none of them."""

    def __init__(self, torch: Any, *, with_range: bool = False) -> None:
        """``with_range``: say between which values integers on the host lie."""
        self.read = Tensors(torch)
        self._torch = torch
        self._with_range = with_range

    def describe(
        self, name: str, value: Any, unregistered: str | None = None
    ) -> NamedObject | None:
        """A value with its tensors; ``None`` if it has none."""
        torch = self._torch
        cls = type(value)
        if issubclass(cls, torch.Tensor):
            return self._tensor(name, value, unregistered)
        with self.read.quiet():
            if issubclass(cls, torch.nn.Module):
                tensors = self._of_module(value)
                found = self._described(name, "module", value, tensors)
                found.requires_grad = any(map(self.read.requires_grad, tensors))
                found.unregistered = unregistered
                found.hidden = self._hidden(value, name)
                return found
            if issubclass(cls, torch.optim.Optimizer):
                parts = OptimizerParts(torch).parameters(value)
                tensors = [each for each in parts if issubclass(type(each), torch.Tensor)]
                return self._described(name, "optimizer", value, tensors)
            if is_exactly(value, (list, tuple, dict)):
                items = list(islice(value.values() if cls is dict else value, _MAX_ITEMS))
                tensors = [item for item in items if issubclass(type(item), torch.Tensor)]
                if tensors:
                    found = self._described(name, "other", value, tensors)
                    if cls is not dict:
                        found.shapes = [self.read.shape(each) for each in tensors[:_MAX_SHAPES]]
                    return found
        return None

    def _tensor(self, name: str, value: Any, unregistered: str | None) -> NamedObject:
        read = self.read
        with read.quiet():
            found = NamedObject(
                name=name,
                kind="tensor",
                class_name=class_name(value),
                devices=self.devices([value]),
                dtype=read.dtype_name(value),
                shape=read.shape(value),
                requires_grad=bool(read.requires_grad(value)),
                is_leaf=bool(read.is_leaf(value)),
                has_grad=read.gradient(value) is not None if read.is_leaf(value) else None,
                inference=bool(read.is_inference(value)),
                unregistered=unregistered,
            )
        if self._with_range and found.dtype in _INTEGERS:
            found.low, found.high = self._range(value)
        return found

    def _range(self, tensor: Any) -> tuple[int | None, int | None]:
        """The least and the greatest value, if a look at it waits for no device."""
        read, torch = self.read, self._torch
        if not is_exactly(tensor, (torch.Tensor,)) or read.device(tensor) != torch.device("cpu"):
            return None, None
        if not 0 < read.elements(tensor) <= _MOST_VALUES:
            return None, None
        try:
            with torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch():
                low, high = torch.aminmax(tensor)
                return int(low), int(high)
        except Exception:  # of a transform that has ended, or without values
            return None, None

    def devices(self, tensors: list[Any]) -> dict[str, int]:
        """Bytes of tensors by device."""
        return storage_bytes_by_device(self.read, tensors)

    def _hidden(self, module: Any, name: str) -> list[str]:
        """Plain attributes that hold modules or parameters."""
        read, found = self.read, list[str]()
        queue: list[tuple[Any, Trail]] = [(module, variable(name))]
        seen: set[int] = set()
        while queue and len(seen) < _MAX_MODULES and len(found) < _MOST_HIDDEN:
            at, trail = queue.pop(0)
            if id(at) in seen:
                continue
            seen.add(id(at))
            content = read.module_content(at)
            known = {id(tensor) for _name, tensor, _own in content.tensors}
            if not read.is_library_module(type(at)):
                for attribute, value, _kind in content.others:
                    items = _items(value)
                    if any(
                        issubclass(type(each), self._torch.nn.Module)
                        or (read.is_parameter(each) and id(each) not in known)
                        for each in items
                    ):
                        found.append(write((trail, Step.ATTRIBUTE, attribute)))
            named = read.has_named_children(at)
            queue += [(child, child_trail(trail, key, named)) for key, child in content.children]
        return found

    def _described(self, name: str, kind: Any, value: Any, tensors: list[Any]) -> NamedObject:
        return NamedObject(
            name=name,
            kind=kind,
            class_name=class_name(value),
            devices=self.devices(tensors),
            dtype=self.read.dtype_name(tensors[0]) if tensors else None,
        )

    def _of_module(self, module: Any) -> list[Any]:
        tensors: list[Any] = []
        stack, seen = [module], set[int]()
        while stack and len(seen) < _MAX_MODULES:
            at = stack.pop()
            if id(at) in seen:
                continue
            seen.add(id(at))
            content = self.read.module_content(at)
            tensors += [tensor for _name, tensor, _own in content.tensors]
            stack.extend(child for _name, child in content.children)
        return tensors


def _items(value: Any) -> list[Any]:
    """The first elements of a plain container."""
    if type(value) is dict:
        return list(islice(value.values(), _MAX_ITEMS))
    return list(islice(value, _MAX_ITEMS)) if is_exactly(value, (list, tuple)) else []

"""Whose memory parameters, gradients and the state of optimizers are, by their addresses."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

from .... import clocks
from ...objects.kinds import Kind, class_name
from ...objects.optimizer_parts import OptimizerParts
from ...objects.tensors import Tensors
from ...objects.weak_ids import WeakIds
from .seen import Shape

_MOST_MODULES = 5_000
_MOST_TENSORS = 20_000
_MOST_STEPS = 200


class Owner(NamedTuple):
    """Whose a block is."""

    category: str
    nbytes: int
    device: str


class Owned:
    """Told by modules that are called, and by optimizers that step. Keeps none of their tensors."""

    def __init__(self, torch: ModuleType) -> None:
        """Nothing is known."""
        self._tensors, self._parts = Tensors(torch), OptimizerParts(torch)
        base = torch._C.TensorBase
        self._address_of = getattr(torch._C, "_data_address", base.data_ptr)
        self._offset = base.storage_offset
        self._roots: WeakIds[bool] = WeakIds()
        self._optimizers: WeakIds[bool] = WeakIds()
        self.kinds: dict[int, Owner] = {}
        """By address."""
        self.gradients: list[tuple[int, frozenset[int]]] = []
        """When an optimizer had stepped, and where the gradients were."""
        self.shapes: set[Shape] = set()
        """Of parameters."""
        self.constants: set[int] = set()
        """Sizes of parameters that say nothing of how long a sequence may be."""

    def add_root(self, root: Any) -> None:
        """The parameters of a module and of those within it."""
        if self._roots.get(root):
            return
        self._roots.set(root, True)
        with self._tensors.quiet():
            for module in self._modules(root):
                content = self._tensors.module_content(module)
                is_table = class_name(module).startswith("Embedding")
                for _name, tensor, is_parameter in content.tensors:
                    if is_parameter:
                        self._add(tensor, "parameters")
                        self._add_sizes(tuple(self._tensors.shape(tensor)), is_table)
                    else:
                        self._add(tensor, "parameters")

    def add_step(self, optimizer: Any) -> None:
        """The parameters of an optimizer that has stepped, their gradients, and its state."""
        is_new = not self._optimizers.get(optimizer)
        gradients: set[int] = set()
        with self._tensors.quiet():
            for parameter in self._parts.parameters(optimizer):
                if self._tensors.kind(parameter) is not Kind.TENSOR:
                    continue
                if is_new:
                    self._add(parameter, "parameters")
                    self.shapes.add(tuple(self._tensors.shape(parameter)))
                gradient = self._tensors.gradient(parameter)
                address = 0 if gradient is None else self._address(gradient)
                if address:
                    gradients.add(address)
            if is_new:
                self._optimizers.set(optimizer, True)
                for _parameter, state in self._parts.states(optimizer):
                    for value in dict.values(state):
                        if self._tensors.kind(value) is Kind.TENSOR:
                            self._add(value, "optimizer")
        if gradients and len(self.gradients) < _MOST_STEPS:
            self.gradients.append((clocks.time_ns(), frozenset(gradients)))

    def _modules(self, root: Any) -> Iterator[Any]:
        pending, known = [root], {id(root)}
        while pending and len(known) <= _MOST_MODULES:
            module = pending.pop()
            yield module
            for _name, child in self._tensors.module_content(module).children:
                if id(child) not in known:
                    known.add(id(child))
                    pending.append(child)

    def _add(self, tensor: Any, category: str) -> None:
        address = self._address(tensor)
        storage = self._tensors.storage(tensor)
        if address and storage is not None and len(self.kinds) < _MOST_TENSORS:
            device = self._tensors.device_name(tensor)
            self.kinds[address] = Owner(category, storage[1], device)

    def _add_sizes(self, shape: Shape, is_table: bool) -> None:
        """Neither the rows of a table nor the positions of a parameter with a batch of one."""
        self.shapes.add(shape)
        if is_table:
            self.constants.update(shape[1:])
        elif len(shape) == 3 and shape[0] == 1:
            self.constants.add(shape[2])
        else:
            self.constants.update(shape)

    def _address(self, tensor: Any) -> int:
        """Where the memory behind it begins; 0: nobody can say."""
        try:
            offset = self._offset(tensor) * self._tensors.element_size(tensor)
            address: int = self._address_of(tensor) - offset
        except Exception:  # wrappers and layouts without a storage say so in many ways
            return 0
        return address

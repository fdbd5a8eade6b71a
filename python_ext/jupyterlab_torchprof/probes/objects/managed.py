"""Modules whose weights a library moves, shards or keeps elsewhere between forwards.

accelerate's hooks keep weights in host memory or in files and put them on the device for one
forward; between forwards the parameters are on the meta device, where they take nothing. What is
read here is what the hooks themselves refer to, by their own dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from types import ModuleType
from typing import Any

from .kinds import attributes_of, home_of
from .tensors import Tensors
from .trees import Part

_BY_ATTRIBUTE = {
    "_hf_hook": "accelerate",
    "hf_device_map": "accelerate",
    "_diffusers_hook": "diffusers",
}
_SHARDING = "torch.distributed."
_LEVELS = 8
"""Hooks within hooks."""


def manager_of(own: dict[str, Any]) -> str | None:
    """The package that has put its hooks on a module with these attributes."""
    for name, package in _BY_ATTRIBUTE.items():
        if own.get(name) is not None:
            return package
    return None


def shards(cls: type) -> str | None:
    """The package of a parameter's class whose tensors are parts of larger ones."""
    return "torch.distributed" if home_of(cls).startswith(_SHARDING) else None


def offloaded(read: Tensors, parts: Iterable[Part]) -> dict[str, int]:
    """Bytes of weights that are kept for parameters and buffers on the meta device.

    By ``"cpu"``, host memory, and ``"disk"``, files; each kept tensor once.
    """
    found: dict[str, int] = {}
    seen: set[object] = set()
    for part in parts:
        kept = _Kept.of(read.module_attributes(part.module).get("_hf_hook"))
        if kept is None:
            continue
        for name, tensor, _is_parameter in part.tensors:
            if read.device_name(tensor) != "meta" or id(tensor) in seen:
                continue
            seen.add(id(tensor))
            where = kept.where(read, name, seen)
            if where is not None:
                size = read.elements(tensor) * read.element_size(tensor)
                found[where] = found.get(where, 0) + size
    return found


def execution_device(torch: ModuleType, own: dict[str, Any]) -> str | None:
    """Where accelerate's hook on a module puts its weights for a forward."""
    for hook in _hooks(own.get("_hf_hook")):
        device: Any = attributes_of(hook).get("execution_device")
        if type(device) is str or type(device) is torch.device:
            return str(device)
        if type(device) is int:
            return _numbered(torch, device)
    return None


def _numbered(torch: ModuleType, index: int) -> str | None:
    """PyTorch's name of an accelerator by its number; ``None`` if there is none."""
    try:
        with torch._C.DisableTorchFunction():
            return str(torch.device(index))
    except Exception:
        return None


def packed_elements(tensor: Any) -> int | None:
    """Elements of what bitsandbytes has packed into a parameter; ``None`` for all others."""
    if home_of(type(tensor)).partition(".")[0] != "bitsandbytes":
        return None
    state = attributes_of(tensor).get("quant_state")
    shape: Any = attributes_of(state).get("shape")
    if not issubclass(type(shape), tuple):
        return None
    return prod(size for size in tuple.__iter__(shape) if type(size) is int)


class _Kept:
    """What one hook keeps."""

    def __init__(self, prefix: str, tensors: dict[Any, Any], files: dict[Any, Any]) -> None:
        """``tensors`` and ``files`` by the parameter's full name."""
        self._prefix, self._tensors, self._files = prefix, tensors, files

    @classmethod
    def of(cls, hook: Any) -> _Kept | None:
        """Of accelerate's hook, if it offloads."""
        for each in _hooks(hook):
            weights = attributes_of(each).get("weights_map")
            if weights is None:
                continue
            own = attributes_of(weights)
            prefix, dataset = own.get("prefix"), own.get("dataset", weights)
            inner = attributes_of(dataset)
            tensors = dataset if type(dataset) is dict else inner.get("state_dict")
            files = inner.get("index")
            return cls(
                prefix if type(prefix) is str else "",
                tensors if type(tensors) is dict else {},
                files if type(files) is dict else {},
            )
        return None

    def where(self, read: Tensors, name: str, seen: set[object]) -> str | None:
        """Where a tensor of the module is kept; ``None``: nowhere, or counted already."""
        full = f"{self._prefix}{name}"
        tensor = self._tensors.get(full)
        if tensor is None:
            return "disk" if full in self._files else None
        storage = read.storage(tensor)
        key = None if storage is None else ("storage", storage[0])
        if key in seen:
            return None
        seen.add(key)
        return read.device_name(tensor)


def _hooks(hook: Any) -> list[Any]:
    """A hook, and those that a sequence of hooks has."""
    found: list[Any] = []
    pending = [] if hook is None else [hook]
    while pending and len(found) < _LEVELS:
        at = pending.pop(0)
        found.append(at)
        inner: Any = attributes_of(at).get("hooks")
        if type(inner) in (list, tuple):
            pending.extend(inner)
    return found

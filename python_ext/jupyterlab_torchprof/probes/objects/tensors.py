"""Reading tensors and modules without running anybody's code.

Everything goes through the descriptors of PyTorch's own base class and `object`'s attribute
access, so a subclass with properties, ``__getattr__`` or ``__torch_function__`` is not called.
Nothing here reads a value of a tensor, so no device is synchronised.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from itertools import compress
from types import ModuleType
from typing import Any, NamedTuple

from .kinds import Kind, Kinds, home_of, look_up, namespace_reader
from .quiet import Quiet

_TENSOR, _MODULE = Kind.TENSOR, Kind.MODULE  # to look up an enum's member takes its time

Storage = tuple[int, int]
"""The memory behind a tensor: a key, which is its identity for as long as it lives, and the bytes
that it really takes (none on the meta device)."""


class ModuleContent(NamedTuple):
    """What one module holds by itself."""

    tensors: list[tuple[str, Any, bool]]
    """Name, tensor and whether it is a parameter, of parameters and buffers."""
    children: list[tuple[str, Any]]
    others: list[tuple[str, Any, Kind]]
    """Attributes besides, as far as they are of interest."""


class Tensors(Kinds):
    """The readers, bound to the user's PyTorch."""

    def __init__(self, torch: ModuleType) -> None:
        """``torch``: the imported module."""
        base = torch._C.TensorBase
        super().__init__(base, torch.nn.Module)
        self.torch = torch
        self.dtype = base.dtype.__get__
        self.element_size = base.element_size
        self.is_inference = base.is_inference
        self.numel = base.numel
        self.requires_grad = base.requires_grad.__get__
        self.version = base._version.__get__
        self.view_base = base._base.__get__
        self._device = base.device.__get__
        self._grad = base.grad.__get__
        self._grad_fn = base.grad_fn.__get__
        self._is_leaf = base.is_leaf.__get__
        self._layout = base.layout.__get__
        self._shape = base.shape.__get__
        self._untyped_storage = base.untyped_storage
        self._base = base
        self._tensor_class = torch.Tensor
        self._meta = _meta_device(torch)
        self._module_dict = torch.nn.ModuleDict
        self._optimizer = torch.optim.Optimizer
        self._module_namespace = namespace_reader(torch.nn.Module)
        self._module_slots = _slots_of_modules(torch)
        self._parameter = torch.nn.Parameter
        self._tensor_namespace = namespace_reader(torch.Tensor)
        self._library: dict[int, bool] = {}
        self._plain_dispatch = torch._C._disabled_torch_dispatch_impl
        self._devices: dict[Any, str] = {}
        self._backends: list[tuple[Any, Any]] | None = None
        self._dtypes: dict[Any, str] = {}

    def quiet(self) -> Quiet:
        """While reading: no code of a tensor's class or of a mode is called."""
        return Quiet(self.torch)

    def is_optimizer(self, thing: Any) -> bool:
        """Whether it is a `torch.optim.Optimizer` (or of a subclass)."""
        return issubclass(type(thing), self._optimizer)

    def is_parameter(self, tensor: Any) -> bool:
        """Whether it is a `torch.nn.Parameter` (or of a subclass)."""
        return issubclass(type(tensor), self._parameter)

    # --- facts of a tensor -------------------------------------------------------------------

    def storage(self, tensor: Any) -> Storage | None:
        """Its memory, or ``None`` if it has none of its own (sparse, wrapper subclass, …)."""
        try:
            storage = self._untyped_storage(tensor)
        except Exception:  # layouts and wrappers without a storage say so in many ways
            return None
        nbytes: int = storage.nbytes()
        if nbytes and not self._is_real(tensor, storage):
            nbytes = 0
        return storage._cdata, nbytes

    def _is_real(self, tensor: Any, storage: Any) -> bool:
        if self._is_exact(type(tensor)):
            return bool(self._device(tensor) != self._meta)
        if storage.device == self._meta:
            return False
        if self._is_plain_tensor(type(tensor)):
            return True
        try:  # a wrapper subclass has a storage of some size with nothing in it
            return bool(storage.data_ptr())
        except Exception:
            return False

    def storage_object(self, tensor: Any) -> Any:
        """The storage itself, to make a weak reference to."""
        return self._untyped_storage(tensor)

    def parts(self, tensor: Any) -> list[Any]:
        """Tensors that this one is made of: indices and values, or a wrapper's inner tensors."""
        if self._is_plain_tensor(type(tensor)):
            names = _SPARSE_PARTS.get(str(self._layout(tensor)).removeprefix("torch."))
            if names is not None:
                # Operations, although they only look: not even a mode is told of them.
                with self.torch.no_grad(), self.torch._C._DisableTorchDispatch():
                    return [getattr(self._base, name)(tensor) for name in names]
            if self._is_exact(type(tensor)):
                return []
        inner = self.attributes(tensor)
        return [value for value in inner.values() if self.kind(value) is Kind.TENSOR]

    def _is_exact(self, cls: type) -> bool:
        return cls is self._tensor_class or cls is self._parameter  # not `in`: see `is_exactly`

    def _is_plain_tensor(self, cls: type) -> bool:
        """Whether operations on it are never dispatched to its class."""
        return self._is_exact(cls) or look_up(cls, "__torch_dispatch__") is self._plain_dispatch

    def is_leaf(self, tensor: Any) -> bool:
        """Whether no operation has made it, as far as autograd knows.

        Of a view that a custom function returned, and whose base was changed in place since,
        PyTorch refuses to say so: it is none.
        """
        try:
            return bool(self._is_leaf(tensor))
        except RuntimeError:
            return False

    def grad_fn(self, tensor: Any) -> Any:
        """Its ``grad_fn``; ``None`` also where PyTorch refuses, as for `is_leaf`."""
        try:
            return self._grad_fn(tensor)
        except RuntimeError:
            return None

    def gradient(self, tensor: Any) -> Any:
        """``tensor.grad`` of a leaf, else ``None`` (PyTorch warns when others are asked)."""
        return self._grad(tensor) if self.is_leaf(tensor) else None

    def without_gradient(self, tensors: Sequence[Any]) -> list[Any]:
        """Those leaves that require a gradient and have none, quicker than to ask each of them."""
        trained = list(compress(tensors, map(self.requires_grad, tensors)))
        leaves = list(compress(trained, map(self._is_leaf, trained)))
        pairs = zip(leaves, map(self._grad, leaves), strict=True)
        return [tensor for tensor, gradient in pairs if gradient is None]

    def device(self, tensor: Any) -> Any:
        """Its device; of one whose class must be asked the kind of it at least."""
        try:
            return self._device(tensor)
        except Exception:
            return self._backend(tensor)

    def _backend(self, tensor: Any) -> Any:
        """The kind of device that its operations are meant for."""
        if self._backends is None:
            keys = self.torch._C.DispatchKey
            self._backends = [
                (getattr(keys, name), self.torch.device(kind))
                for name, kind in _BACKENDS.items()
                if hasattr(keys, name)
            ]
        own = self.torch._C._dispatch_keys(tensor)
        return next((device for key, device in self._backends if own.has(key)), "unknown")

    def is_pinned(self, tensor: Any) -> bool | None:
        """Whether it is in pinned memory, where that can be told. May wake a sleeping device."""
        if not self._is_plain_tensor(type(tensor)):
            return None
        with self.torch._C._DisableTorchDispatch():
            return bool(self._base.is_pinned(tensor))

    def device_name(self, tensor: Any) -> str:
        """PyTorch's name of its device, with index where it has one."""
        try:  # as `device`, which many tensors would be slow to call
            device = self._device(tensor)
        except Exception:
            device = self._backend(tensor)
        name = self._devices.get(device)
        if name is None:
            name = self._devices[device] = str(device)
        return name

    def dtype_name(self, tensor: Any) -> str:
        """``"float32"``."""
        dtype = self.dtype(tensor)
        name = self._dtypes.get(dtype)
        if name is None:
            name = self._dtypes[dtype] = str(dtype).removeprefix("torch.")
        return name

    def elements(self, tensor: Any) -> int:
        """The number of its elements; 0 where it does not say."""
        try:
            return int(self.numel(tensor))
        except Exception:
            return 0

    def shape(self, tensor: Any) -> list[int]:
        """Its sizes; empty where it has no fixed ones (nested, uninitialised, symbolic)."""
        try:
            return [int(size) for size in self._shape(tensor)]
        except Exception:
            return []

    # --- modules -----------------------------------------------------------------------------

    def module_content(self, module: Any) -> ModuleContent:
        """Everything that the module holds, sorted by what it is for."""
        attributes = self._module_namespace(module)
        scripted = attributes.get("_actual_script_module")
        is_scripted = home_of(type(module)).startswith("torch.jit.")
        if scripted is not None and is_scripted and self.kind(scripted) is _MODULE:
            attributes = self._module_namespace(scripted)
        kind = self.kind
        tensors = []
        for slot, is_parameter in (("_parameters", True), ("_buffers", False)):
            for name, tensor in _members(attributes.get(slot)):
                if kind(tensor) is _TENSOR:
                    tensors.append((name, tensor, is_parameter))
        children = [
            (name, child)
            for name, child in _members(attributes.get("_modules"))
            if kind(child) is _MODULE
        ]
        if is_scripted:
            return ModuleContent(tensors, children, [])  # the rest is the compiler's own
        return ModuleContent(tensors, children, self.module_others(attributes))

    def module_others(self, attributes: dict[str, Any]) -> list[tuple[str, Any, Kind]]:
        """Of a module's attributes those that are of interest and not what every module has."""
        own = self._module_slots
        others = [(name, attributes[name]) for name in list(attributes) if name not in own]
        return self.of_interest(others) if others else []

    def module_attributes(self, module: Any) -> dict[str, Any]:
        """A module's ``__dict__``."""
        return self._module_namespace(module)

    def is_library_module(self, cls: type) -> bool:
        """Whether it is one of PyTorch's own classes, whose attributes are known."""
        known = self._library.get(id(cls))
        if known is None:
            known = self._library[id(cls)] = home_of(cls).startswith("torch.nn.modules.")
            self.learn(cls)
        return known

    def add_identities(self, registered: Any, into: list[object], gradients: list[int]) -> bool:
        """Add what tells that registered tensors are the same, with the same memory.

        Gradients come and go: they are the same if they take as much, and the keys of their
        storages are added to ``gradients``. ``False`` if there are tensors of which this cannot
        be said.
        """
        if not issubclass(type(registered), dict):
            return False
        tensor_class, parameter_class = self._tensor_class, self._parameter
        for tensor in dict.values(registered):
            cls = type(tensor)
            if cls is tensor_class or cls is parameter_class:
                gradient = self._grad(tensor) if self.is_leaf(tensor) else None
                gradient_bytes = None
                try:
                    key = self._untyped_storage(tensor)._cdata
                    if gradient is not None:
                        if type(gradient) is not tensor_class:
                            return False
                        storage = self._untyped_storage(gradient)
                        gradient_bytes = storage.nbytes()
                        gradients.append(storage._cdata)
                except Exception:  # sparse tensors have none
                    return False
                into += (
                    id(tensor),
                    key,
                    self.dtype(tensor),
                    self.requires_grad(tensor),
                    self.numel(tensor),
                    gradient_bytes,
                    len(self._tensor_namespace(tensor)),
                )
            elif tensor is not None:
                return False
        return True

    def is_training(self, module: Any) -> bool:
        """``module.training``."""
        return bool(self._module_namespace(module).get("training") is True)

    def has_named_children(self, module: Any) -> bool:
        """Whether its children are written as items of a dictionary."""
        return issubclass(type(module), self._module_dict)


def _members(registered: Any) -> list[tuple[str, Any]]:
    """What a module has registered: in a dictionary, or in the view that a scripted module has."""
    if type(registered) is dict or issubclass(type(registered), dict):
        return list(dict.items(registered))
    script: Any = sys.modules.get("torch.jit._script")
    if script is not None and issubclass(type(registered), script.OrderedDictWrapper):
        return list(registered.items())
    return []


@cache
def _meta_device(torch: ModuleType) -> Any:
    with torch._C.DisableTorchFunction():
        return torch.device("meta")


@cache
def _slots_of_modules(torch: ModuleType) -> frozenset[str]:
    """Names of the attributes that every module has."""
    return frozenset(vars(torch.nn.Module()))


_BACKENDS = {
    "CUDA": "cuda",
    "XPU": "xpu",
    "MPS": "mps",
    "HPU": "hpu",
    "MTIA": "mtia",
    "XLA": "xla",
    "PrivateUse1": "privateuseone",
    "Meta": "meta",
    "CPU": "cpu",
}
"""Kinds of devices by their key for the dispatcher."""

_SPARSE_PARTS = {
    "sparse_coo": ("_indices", "_values"),
    "sparse_csr": ("crow_indices", "col_indices", "values"),
    "sparse_bsr": ("crow_indices", "col_indices", "values"),
    "sparse_csc": ("ccol_indices", "row_indices", "values"),
    "sparse_bsc": ("ccol_indices", "row_indices", "values"),
}

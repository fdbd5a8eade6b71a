"""Reads what a node of an autograd graph keeps for its backward, without running user code.

Since PyTorch 2.10 a node's ``_raw_saved_*`` attributes show the tensors as they are kept. Before,
only their plain counterparts (``_saved_*``, ``saved_tensors``) do, which unpack them: where the
program has set hooks for saved tensors, its unpack hook would run, and recompute a checkpoint or
read a file. There only nodes are read that were made while no such hook was set (`HookedNodes`).
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any, NamedTuple, Protocol

from .hooked_nodes import HookedNodes


class Kept(NamedTuple):
    """What a node keeps."""

    tensors: list[Any]
    """As they are kept: of one that a hook has put away, whatever the hook returned."""
    freed: bool
    """A backward has freed them."""


_FREED = Kept([], True)


class SavedTensors(Protocol):
    """How this PyTorch shows them."""

    def of_function(self, node: Any) -> Kept:
        """Of a node of a ``torch.autograd.Function``."""

    def of_native(self, node: Any, *, is_spent: bool) -> Kept:
        """Of a node of PyTorch's own; ``is_spent``: a backward has freed the tensors above it."""


class RawSavedTensors:
    """Reads them as they are kept."""

    def __init__(self, torch: ModuleType) -> None:
        """``torch``: the imported module."""
        self._of_function = torch._C._FunctionBase._raw_saved_tensors.__get__

    def of_function(self, node: Any) -> Kept:
        """Of a node of a ``torch.autograd.Function``."""
        try:
            return Kept([raw.data for raw in self._of_function(node)], False)
        except RuntimeError:  # "Trying to backward through the graph a second time"
            return _FREED

    def of_native(self, node: Any, *, is_spent: bool) -> Kept:
        """Of a node of PyTorch's own. One that ``is_spent`` and is empty is taken for freed.

        To ask it would cost an exception, which adds up where a long history is freed.
        """
        tensors: list[Any] = []
        empty: list[str] = []
        found = False
        try:
            for name in _names(type(node)):
                raw = getattr(node, name)
                if type(raw) is tuple:
                    tensors.extend(one.data for one in raw)
                    found = True
                    continue
                # Asked once: each answer is a new object of Python's around the tensor.
                data = None if raw is None else raw.data
                if data is not None or (raw is not None and raw.unpack_hook is not None):
                    tensors.append(data)
                    found = True
                else:
                    empty.append(name)
            if not found and not is_spent:
                # Never saved, or freed? Unpacking tells; where nothing is kept, no hook runs.
                for name in empty:
                    getattr(node, _plain(name))
        except RuntimeError:
            return Kept(tensors, True)
        return Kept(tensors, is_spent and not found)


class UnpackedSavedTensors:
    """Unpacks them where nothing but PyTorch's own code runs; others stay unknown."""

    def __init__(self, torch: ModuleType, hooked: HookedNodes) -> None:
        """``hooked`` knows the nodes that must not be unpacked."""
        self._of_function = torch._C._FunctionBase.saved_tensors.__get__
        self._hooked = hooked
        # To unpack is to make another tensor on the same memory, which classes and modes of the
        # program's would be told of, and which our own mode refuses (`Quiet`).
        self._untold = torch._C._DisableTorchDispatch

    def of_function(self, node: Any) -> Kept:
        """Of a node of a ``torch.autograd.Function``."""
        return self._read(node, lambda: self._of_function(node) or ())

    def of_native(self, node: Any, *, is_spent: bool) -> Kept:
        """Of a node of PyTorch's own, which is asked in any case."""
        names = _names(type(node))
        return self._read(node, lambda: (getattr(node, _plain(name)) for name in names))

    def _read(self, node: Any, read: Any) -> Kept:
        if self._hooked.may_be(node):
            return Kept([], False)
        tensors: list[Any] = []
        values: Iterable[Any]
        try:
            with self._untold():
                values = read()
                for value in values:
                    if type(value) in (tuple, list):
                        tensors.extend(value)
                    elif value is not None:
                        tensors.append(value)
        except RuntimeError as error:
            # A tensor that was changed since cannot be unpacked, though it is still kept.
            return Kept(tensors, "inplace operation" not in str(error))
        return Kept(tensors, False)


def saved_tensors(torch: Any) -> SavedTensors:
    """How to read them in this PyTorch."""
    if hides_hooks(torch):
        return UnpackedSavedTensors(torch, HookedNodes.of(torch))
    return RawSavedTensors(torch)


def hides_hooks(torch: Any) -> bool:
    """Whether this PyTorch shows no saved tensor as it is kept, nor whether it has hooks."""
    shown = torch._C._autograd.SavedTensor
    return not (hasattr(shown, "data") and hasattr(shown, "unpack_hook"))


def saves_nothing(kind: type) -> bool:
    """Whether nodes of this kind, if it is PyTorch's own, never keep a tensor."""
    names = _NAMES.get(kind)
    return names is not None and not names


def _plain(raw_name: str) -> str:
    return raw_name.replace("_raw", "", 1)


def _names(kind: type) -> tuple[str, ...]:
    """A kind of node's raw saved tensors. Kinds of nodes are PyTorch's own, never the user's."""
    names = _NAMES.get(kind)
    if names is None:
        names = tuple(name for name in dir(kind) if name.startswith("_raw_saved_"))
        _NAMES[kind] = names
    return names


_NAMES: dict[type, tuple[str, ...]] = {}

"""Tells when the user's program has imported PyTorch, without ever importing it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .hooks.wrapping import forget_frame
from .torch_version import is_supported

_MARK = "_torchprof_tells"
_namespace = vars(ModuleType)["__dict__"].__get__


def is_torch_imported() -> bool:
    """Whether PyTorch is there, whole: not while its import still runs."""
    torch = _executed_torch()
    return torch is not None and not getattr(torch.__spec__, "_initializing", False)


def imported_torch() -> ModuleType | None:
    """The user's PyTorch, if it has been executed and is one that the probes know."""
    torch = _executed_torch()
    return torch if torch is not None and is_supported(torch) else None


def _executed_torch() -> ModuleType | None:
    """The user's PyTorch, if it has been executed.

    Read from the module's own dictionary: to ask one that loads lazily for an attribute would
    load it.
    """
    module = sys.modules.get("torch")
    if module is None or not issubclass(type(module), ModuleType):
        return None
    return module if "nn" in _namespace(module) else None


class TorchImportHook(MetaPathFinder):
    """Calls back once, right after ``import torch`` has succeeded.

    It stands first among the finders and answers for the one name only, with what the others
    find. A failed import leaves it in place for the next try.
    """

    def __init__(self, on_import: Callable[[], None]) -> None:
        """``on_import`` is called on the importing thread and must not raise."""
        self._on_import = on_import

    def install(self) -> None:
        """Begin to watch."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Stop watching; harmless if it does not watch."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """PyTorch's spec as the other finders give it, with a loader that calls back."""
        if fullname != "torch":
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec: ModuleSpec | None = find(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    _tell(spec.loader, self._imported)
                return spec
        return None

    def _imported(self) -> None:
        if self in sys.meta_path:
            self.remove()
            self._on_import()


def _tell(loader: Any, imported: Callable[[], None]) -> None:
    """Have a loader call back when it has executed its module, once.

    It stays what it is, with all its methods: only the one is put in front of its class's.
    """
    original = getattr(loader, "exec_module", None)
    if original is None or hasattr(original, _MARK):
        return

    def exec_module(module: ModuleType) -> None:
        vars(loader).pop("exec_module", None)
        try:
            original(module)
        except BaseException as error:
            forget_frame(error)
            raise
        imported()

    setattr(exec_module, _MARK, True)
    # A class, which stands for all of its kind, or a loader with slots is left as it is.
    if not issubclass(type(loader), type):
        with suppress(AttributeError):
            loader.exec_module = exec_module

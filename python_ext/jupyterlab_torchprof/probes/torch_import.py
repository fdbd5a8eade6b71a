"""Tells when the user's program has imported PyTorch, without ever importing it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


def is_torch_imported() -> bool:
    """Whether PyTorch is there, whole: not while its import still runs."""
    module = sys.modules.get("torch")
    spec = getattr(module, "__spec__", None)
    return module is not None and not getattr(spec, "_initializing", False)


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
                if hasattr(spec.loader, "exec_module"):
                    assert spec.loader is not None
                    spec.loader = _Loader(spec.loader, self._imported)
                return spec
        return None

    def _imported(self) -> None:
        self.remove()
        self._on_import()


class _Loader(Loader):
    """Stands in for a module's loader until the module is executed."""

    def __init__(self, loader: Loader, imported: Callable[[], None]) -> None:
        self._loader = loader
        self._imported = imported

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._imported()

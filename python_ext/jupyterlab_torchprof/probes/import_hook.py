"""Tells when the user's program has imported certain modules, without ever importing one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .hooks.wrapping import forget_frame
from .objects.kinds import namespace_reader

_MARK = "_torchprof_tells"
_namespace = namespace_reader(ModuleType)


def is_imported(name: str) -> bool:
    """Whether a module has been executed: not while its import still runs."""
    module = sys.modules.get(name)
    if module is None or not issubclass(type(module), ModuleType):
        return False
    spec = _namespace(module).get("__spec__")
    return spec is not None and not getattr(spec, "_initializing", False)


class ImportHook(MetaPathFinder):
    """Calls back once for each of some modules, right after its import has succeeded.

    It stands first among the finders and answers for these names only, with what the others
    find. A failed import leaves it in place for the next try; with the last name it goes.
    """

    def __init__(self, names: Iterable[str], on_import: Callable[[str], None]) -> None:
        """``on_import`` gets the name on the importing thread and must not raise."""
        self.awaited = set(names)
        """Modules that have not been imported yet."""
        self._on_import = on_import

    def install(self) -> None:
        """Begin to watch, if there is anything to wait for."""
        if self.awaited and self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Stop watching; harmless if it does not watch."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def forget(self, name: str) -> None:
        """Do not wait for a module any more."""
        self.awaited.discard(name)
        if not self.awaited:
            self.remove()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A module's spec as the other finders give it, with a loader that calls back."""
        if fullname not in self.awaited:
            return None
        finders = list(sys.meta_path)
        # Another hook that stands behind this one asks on: one before it has asked already.
        for finder in finders[finders.index(self) + 1 :] if self in finders else ():
            find = getattr(finder, "find_spec", None)
            if find is None:
                continue
            spec: ModuleSpec | None = find(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    _tell(spec.loader, self, lambda: self._imported(fullname))
                return spec
        return None

    def _imported(self, name: str) -> None:
        if name in self.awaited and self in sys.meta_path:
            self.forget(name)
            self._on_import(name)


def _tell(loader: Any, hook: ImportHook, imported: Callable[[], None]) -> None:
    """Have a loader call back when it has executed its module, once for each hook.

    It stays what it is, with all its methods: only the one is put in front of its class's.
    """
    original = getattr(loader, "exec_module", None)
    hooks = getattr(original, _MARK, ())
    if original is None or hook in hooks:
        return

    def exec_module(module: ModuleType) -> None:
        vars(loader).pop("exec_module", None)
        try:
            original(module)
        except BaseException as error:
            forget_frame(error)
            raise
        imported()

    setattr(exec_module, _MARK, (*hooks, hook))
    # A class, which stands for all of its kind, or a loader with slots is left as it is.
    if not issubclass(type(loader), type):
        with suppress(AttributeError):
            loader.exec_module = exec_module

"""The functions that are wrapped, also where other modules have them by name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from ...patches import Patches
from ..objects.kinds import namespace_reader
from .seam import Seam

_Make = Callable[[Callable[..., Any]], Callable[..., Any]]
_NEITHER = object(), None
_namespace = namespace_reader(ModuleType)


class Wrapped:
    """Wraps functions and methods of libraries, and gives the originals back."""

    def __init__(self) -> None:
        """Nothing is wrapped."""
        self._originals: dict[int, tuple[Any, Any]] = {}
        """Wrapper and original, by the wrapper's id."""
        self._patched: set[tuple[int, str]] = set()
        """Module and name of what is restored by `Patches`."""

    def wrap(self, patches: Patches, seam: Seam, make: _Make) -> None:
        """Wrap what a seam says, if it is there as expected: else nothing of it is seen."""
        if seam.owner is None:
            self.wrap_function(patches, seam.module, seam.name, make, seam.also)
            return
        owner = _namespace(sys.modules[seam.module]).get(seam.owner)
        own = vars(owner).get(seam.name) if isinstance(owner, type) else None
        if type(own) is FunctionType:
            patches.wrap(owner, seam.name, lambda _original: make(own))
        elif isinstance(own, classmethod):
            # Of the same kind: a library may have a descriptor of its own for it.
            patches.wrap(owner, seam.name, lambda _bound: type(own)(make(own.__func__)))

    def wrap_function(
        self,
        patches: Patches,
        module: str,
        name: str,
        make: _Make,
        also: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Wrap a module's function, and by the same wrapper where others have it by name."""
        owner = sys.modules[module]
        own = _namespace(owner).get(name)
        if type(own) is not FunctionType:
            return
        wrapper = make(own)
        self._originals[id(wrapper)] = wrapper, own
        self._patch(patches, owner, name, wrapper)
        for other_module, other_name in also:
            other = sys.modules.get(other_module)
            if other is not None and _namespace(other).get(other_name) is own:
                self._patch(patches, other, other_name, wrapper)

    def _patch(self, patches: Patches, module: ModuleType, name: str, wrapper: Any) -> None:
        patches.wrap(module, name, lambda _original: wrapper)
        self._patched.add((id(module), name))

    def take_back(self) -> None:
        """Give modules that have imported a wrapper by name the original.

        Those that were patched are left to `Patches`.
        """
        wrappers = self._originals.keys()
        for module in list(sys.modules.values()):
            if not issubclass(type(module), ModuleType):
                continue
            names = _namespace(module)
            # A hundred thousand names are looked at: not one by one where none is a wrapper.
            if wrappers.isdisjoint(map(id, list(names.values()))):
                continue
            for name, value in list(names.items()):
                wrapper, original = self._originals.get(id(value), _NEITHER)
                if value is wrapper and (id(module), name) not in self._patched:
                    names[name] = original
        self._originals.clear()
        self._patched.clear()

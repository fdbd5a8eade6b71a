"""The functions that are wrapped, also where other modules have them by name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from ...patches import Patches
from ..objects.kinds import namespace_reader
from .seam import Seam

_Make = Callable[[Callable[..., Any]], Callable[..., Any]]
_namespace = namespace_reader(ModuleType)


@dataclass
class _Wrapper:
    """A wrapper, what it stands for, and where `Patches` has put it."""

    function: Callable[..., Any]
    original: Any
    places: list[tuple[ModuleType, str]] = field(default_factory=list)
    references: int = 0
    """To the wrapper, besides those of ``places``, when nobody had imported it by name."""

    def is_at(self, module: ModuleType, name: str) -> bool:
        """Whether `Patches` has put it there."""
        return any(module is each and name == its_name for each, its_name in self.places)

    def is_elsewhere(self) -> bool:
        """Whether anybody else may have it."""
        return self._counted() > self.references

    def count(self) -> None:
        """Nobody has imported it by name so far."""
        self.references = self._counted()

    def _counted(self) -> int:
        there = sum(_namespace(module).get(name) is self.function for module, name in self.places)
        return sys.getrefcount(self.function) - there


class Wrapped:
    """Wraps functions and methods of libraries, and gives the originals back."""

    def __init__(self) -> None:
        """Nothing is wrapped."""
        self._wrappers: list[_Wrapper] = []

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
        wrapper = _Wrapper(make(own), own)
        self._wrappers.append(wrapper)
        _patch(patches, owner, name, wrapper)
        for other_module, other_name in also:
            other = sys.modules.get(other_module)
            if other is not None and _namespace(other).get(other_name) is own:
                _patch(patches, other, other_name, wrapper)
        wrapper.count()

    def take_back(self) -> None:
        """Give modules that have imported a wrapper by name the original.

        Those that were patched are left to `Patches`.
        """
        imported = {id(each.function): each for each in self._wrappers if each.is_elsewhere()}
        for module in list(sys.modules.values()) if imported else ():
            if not issubclass(type(module), ModuleType):
                continue
            names = _namespace(module)
            # There are a hundred thousand in all: no loop over those of modules without a wrapper.
            if imported.keys().isdisjoint(map(id, list(names.values()))):
                continue
            for name, value in list(names.items()):
                wrapper = imported.get(id(value))
                if wrapper is not None and not wrapper.is_at(module, name):
                    names[name] = wrapper.original
        self._wrappers.clear()


def _patch(patches: Patches, module: ModuleType, name: str, wrapper: _Wrapper) -> None:
    patches.wrap(module, name, lambda _original: wrapper.function)
    wrapper.places.append((module, name))

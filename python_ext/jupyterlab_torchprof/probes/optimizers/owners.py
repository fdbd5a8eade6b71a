"""Which module an optimizer was made for, and whether it still has its parameters."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..objects.kinds import attributes_of, class_name
from ..objects.optimizer_parts import OptimizerParts
from ..objects.weak_ids import WeakIds

_MAX_MODULES = 5_000


@dataclass(slots=True)
class Owner:
    """Of one optimizer after one cell."""

    module: str | None = None
    shared: int = 0
    lost: Literal["parameters", "module"] | None = None
    lost_module: str | None = None


@dataclass(slots=True)
class _MadeFor:
    """The module that had an optimizer's parameters when both were first seen together."""

    path: str
    module: weakref.ref[Any]
    class_name: str


class Owners:
    """Remembers, weakly, whose parameters optimizers had."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._made_for: WeakIds[_MadeFor] = WeakIds()
        self._now: dict[int, Owner] = {}

    def of(self, optimizer: Any) -> Owner:
        """As of the last `refresh`."""
        return self._now.get(id(optimizer), Owner())

    def refresh(
        self,
        modules: Mapping[str, weakref.ref[Any]],
        torch: Any,
        optimizers: Sequence[Any],
        gone: Sequence[Sequence[weakref.ref[Any]]] = (),
    ) -> list[Owner]:
        """Compare the optimizers' parameters with those of modules, by how these are written.

        Returns the owners of ``gone``, the parameters of optimizers that are no more.
        """
        self._now = {}
        if not optimizers and not gone:
            return []
        parts = OptimizerParts(torch)
        alive = {path: reference() for path, reference in modules.items()}
        known = [
            (path, module, set(map(id, _parameters(module))))
            for path, module in alive.items()
            if module is not None
        ]
        for optimizer in optimizers:
            own = [id(parameter) for parameter in parts.parameters(optimizer)]
            owner = _owner(own, known)
            if owner.module is not None:
                self._remember(optimizer, owner.module, alive[owner.module])
            elif own:
                self._find_lost(optimizer, alive, owner)
            self._now[id(optimizer)] = owner
        living = ([thing for ref in each if (thing := ref()) is not None] for each in gone)
        return [_owner(list(map(id, each)), known) for each in living]

    def _remember(self, optimizer: Any, path: str, module: Any) -> None:
        self._made_for.set(optimizer, _MadeFor(path, weakref.ref(module), class_name(module)))

    def _find_lost(self, optimizer: Any, modules: Mapping[str, Any], owner: Owner) -> None:
        known = self._made_for.get(optimizer)
        if known is None:
            return
        now = modules.get(known.path)
        if now is None or class_name(now) != known.class_name:
            return
        owner.lost = "parameters" if known.module() is now else "module"
        owner.lost_module = known.path


def _owner(parameters: Sequence[int], modules: Iterable[tuple[str, Any, set[int]]]) -> Owner:
    """The module, with its way and the ids of its own, that has the most of the parameters."""
    owner = Owner()
    for path, _module, theirs in modules:
        shared = sum(key in theirs for key in parameters)
        if shared > owner.shared:
            owner.module, owner.shared = path, shared
    return owner


def _parameters(module: Any) -> Iterator[Any]:
    """A module's parameters and those below it, without running its code."""
    stack: list[Any] = [module]
    seen: set[int] = set()
    while stack and len(seen) < _MAX_MODULES:
        at = stack.pop()
        if id(at) in seen:
            continue
        seen.add(id(at))
        own = attributes_of(at)
        yield from _members(own.get("_parameters"))
        stack.extend(_members(own.get("_modules")))


def _members(registered: Any) -> Iterable[Any]:
    if issubclass(type(registered), dict):
        return [thing for thing in dict.values(registered) if thing is not None]
    return ()

"""Objects that a variable held before it was bound again, and that are still there.

An optimizer does not hold the module that it was made for, only its parameters: a few of them are
remembered with it, and the module counts as there as long as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..objects.kinds import Kind
from ..objects.optimizer_parts import OptimizerParts
from ..objects.survey import Survey
from ..objects.tensors import Tensors
from ..objects.trees import Root
from .footprint import Footprint, footprint, storages_of

_MAX_OLD = 20


@dataclass(slots=True)
class Old:
    """One such object. Keeps nothing of it alive."""

    name: str
    """The variable."""
    root: Root
    footprint: Footprint
    held_by: list[str] = field(default_factory=list)
    """Variables of optimizers that have its parameters."""

    def is_there(self) -> bool:
        """Whether the object is alive, or a parameter of it."""
        return any(ref() is not None for ref in (self.root.reference, *self.root.parameters))


class Rebound:
    """Remembers what the variables held, cell by cell."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._bound: dict[str, Root] = {}
        self._old: list[Old] = []

    def look(self, tensors: Tensors, namespace: Mapping[str, Any], found: Survey) -> list[Old]:
        """Old objects that no module, list or other variable has: at most an optimizer has them."""
        for name, root in self._bound.items():
            thing = root.reference()
            if name in namespace and (thing is None or namespace[name] is not thing):
                old = Old(name, root, _footprint(tensors, root, thing))
                self._old = [*self._old, old][-_MAX_OLD:]
        # A name that was deleted may be bound again later.
        gone = {name: root for name, root in self._bound.items() if name not in namespace}
        self._bound = {**gone, **found.roots}
        self._old = [old for old in self._old if old.is_there()]
        if not self._old or found.placement.truncated:
            return []  # something may have it that was not looked at
        bound = {id(root.reference()) for root in found.roots.values()}
        return [
            old
            for old in self._old
            if id(old.root.reference()) not in bound and self._is_only_held(tensors, found, old)
        ]

    def _is_only_held(self, tensors: Tensors, found: Survey, old: Old) -> bool:
        """Whether no variable but an optimizer has it; adds what the optimizer keeps for it."""
        storages, ids = old.footprint.storages, set(old.footprint.ids)
        old.held_by = []
        with tensors.quiet():
            alive = [
                tensor for tensor in (ref() for ref in old.root.parameters) if tensor is not None
            ]
            storages.update(storages_of(tensors, alive))
            ids.update(map(id, alive))
            if not found.module_storages.isdisjoint(storages):
                return False  # another module has been made of it
            explained: set[int] = set()
            for name, reference in found.optimizers.items():
                own = _kept(tensors, reference(), ids, found.module_storages)
                if own:
                    old.held_by.append(name)
                    kept = storages_of(tensors, own)
                    explained |= kept.keys()
                    storages.update(kept)
        return (storages.keys() & found.storages) <= explained


def _footprint(tensors: Tensors, root: Root, thing: Any) -> Footprint:
    if thing is None:
        return Footprint(root.class_name, {}, frozenset())
    return footprint(tensors, thing)


def _kept(tensors: Tensors, optimizer: Any, ids: set[int], of_others: set[int]) -> list[Any]:
    """What an optimizer that has one of these parameters keeps for modules that are gone."""
    if optimizer is None:
        return []
    parts = OptimizerParts(tensors.torch)
    parameters = list(parts.parameters(optimizer))
    if not any(id(parameter) in ids for parameter in parameters):
        return []
    kept: list[Any] = []
    states = {id(parameter): state for parameter, state in parts.states(optimizer)}
    for parameter in parameters:
        if tensors.kind(parameter) is not Kind.TENSOR:
            continue
        storage = tensors.storage(parameter)
        if storage is not None and storage[0] in of_others:
            continue
        kept.append(parameter)
        own = dict.values(states.get(id(parameter), {}))
        kept += [value for value in own if tensors.kind(value) is Kind.TENSOR]
    return kept

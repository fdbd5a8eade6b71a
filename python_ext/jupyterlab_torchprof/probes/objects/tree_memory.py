"""What memory the root modules have, each storage for one of them.

A module can be bound to a variable and be a part of another one, and two models can have layers
in common: sizes of trees by themselves would add up to more than there is.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from .kinds import class_name
from .paths import write
from .tensors import Tensors
from .trees import Tree, TreeMemory, TreeStorage


@dataclass(slots=True)
class ModuleMemory:
    """What one root module has that none before it has. Keeps nothing of it alive."""

    path: str
    """As the user would write it."""
    class_name: str
    storages: Mapping[int, TreeStorage]
    """Of parameters and buffers, by key."""
    gradients: Mapping[int, TreeStorage]
    parameter_bytes: dict[str, int] = field(default_factory=dict)
    """Parameters and buffers, by device."""
    gradient_bytes: dict[str, int] = field(default_factory=dict)
    """By device."""
    own_devices: Collection[str] = ()
    """Where its parameters and buffers are, whoever had them first."""
    shared_with: Set[str] = frozenset()
    """The modules before it that have some of its memory."""
    shares_with: str | None = None
    """The module that has all of its memory."""


def memory_of(tensors: Tensors, tree: Tree) -> TreeMemory:
    """Of one tree; as it was, if it is known. Runs within `Tensors.quiet`."""
    known = tree.known
    before = None if known is None else known.memory
    if before is not None and tree.gradients == before.gradient_keys:
        return before
    memory = _list(tensors, tree)
    if known is not None:
        memory.gradient_keys = tree.gradients
        known.memory = memory
    return memory


def share_out(trees: Iterable[tuple[Tree, TreeMemory]]) -> list[ModuleMemory]:
    """Whole models first: what is a part of another one has nothing of its own."""
    found: list[ModuleMemory] = []
    taken: dict[int, str] = {}
    gradients: set[int] = set()
    for tree, memory in sorted(trees, key=lambda one: -len(one[1].storages)):
        path = write(tree.trail)
        one = ModuleMemory(path, class_name(tree.module), memory.storages, memory.gradients)
        one.own_devices = memory.parameter_bytes.keys()
        one.parameter_bytes, one.gradient_bytes = memory.parameter_bytes, memory.gradient_bytes
        if not taken.keys().isdisjoint(memory.storages):
            rest = {key: its for key, its in memory.storages.items() if key not in taken}
            one.storages, one.parameter_bytes = rest, _sums(rest.values())
            owners = {taken[key] for key in memory.storages if key in taken}
            one.shared_with = frozenset(owners)
            if not rest and len(owners) == 1:
                one.shares_with = owners.pop()
        if not gradients.isdisjoint(memory.gradients):
            one.gradients = {
                key: its for key, its in memory.gradients.items() if key not in gradients
            }
            one.gradient_bytes = _sums(one.gradients.values())
        taken.update(dict.fromkeys(one.storages, path))
        gradients.update(memory.gradients)
        found.append(one)
    return found


def _list(tensors: Tensors, tree: Tree) -> TreeMemory:
    memory = TreeMemory({}, {})
    for part in tree.parts(tensors):
        for _name, tensor, _is_parameter in part.tensors:
            _add(tensors, tensor, memory.storages)
            gradient = tensors.gradient(tensor)
            if gradient is not None:
                _add(tensors, gradient, memory.gradients)
    memory.parameter_bytes = _sums(memory.storages.values())
    memory.gradient_bytes = _sums(memory.gradients.values())
    return memory


def _sums(storages: Iterable[TreeStorage]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for device, nbytes, _reference in storages:
        sums[device] = sums.get(device, 0) + nbytes
    return sums


def _add(tensors: Tensors, tensor: Any, into: dict[int, TreeStorage]) -> None:
    storage = tensors.storage(tensor)
    if storage is None or not storage[1]:
        for part in tensors.parts(tensor):
            _add(tensors, part, into)
    elif storage[0] not in into:
        device = tensors.device_name(tensor)
        into[storage[0]] = TreeStorage(device, storage[1], weakref.ref(tensor))

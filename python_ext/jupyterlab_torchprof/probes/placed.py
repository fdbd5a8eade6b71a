"""From the objects of a walk to the record's `Placement`: each storage once, largest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Any

from ..record import PlacedModule, PlacedTensor, Placement, PlacementTotal
from .paths import Step, Trail, write
from .tensors import Storage, Tensors, class_name
from .walk import Found, Part, Walk

_MAX_TENSORS = 100
_MAX_MODULES = 100
_MAX_DEPTH = 3
"""Levels of modules that are listed; deeper ones count in their ancestors."""


@dataclass(slots=True)
class _Entry:
    """A tensor outside modules."""

    tensor: Any
    trail: Trail
    nbytes: int
    shared: bool


@dataclass(slots=True)
class _Sizes:
    """What a module takes, its children included."""

    parameters: int = 0
    parameter_bytes: int = 0
    buffer_bytes: int = 0
    gradient_bytes: int = 0
    devices: dict[str, int] = field(default_factory=dict)
    dtypes: dict[str, int] = field(default_factory=dict)
    children: list[int] = field(default_factory=list)

    def include(self, child: _Sizes) -> None:
        self.parameters += child.parameters
        self.parameter_bytes += child.parameter_bytes
        self.buffer_bytes += child.buffer_bytes
        self.gradient_bytes += child.gradient_bytes
        for mine, others in ((self.devices, child.devices), (self.dtypes, child.dtypes)):
            for key, nbytes in others.items():
                mine[key] = mine.get(key, 0) + nbytes


class Placing:
    """Counts tensors as they come and writes the placement at the end.

    Runs within `Tensors.quiet`. Holds the user's tensors until it is dropped.
    """

    def __init__(self, tensors: Tensors) -> None:
        """``tensors`` reads them."""
        self.storages: set[int] = set()
        """Keys of all storages that were counted."""
        self._tensors = tensors
        self._totals: dict[tuple[str, str], list[int]] = {}
        self._entries: list[_Entry] = []
        self._modules: list[PlacedModule] = []
        self._names: dict[int, Trail] = {}
        self._left = _MAX_MODULES

    def placement(self, walk: Walk, torch_name: str | None) -> Placement:
        """Count everything that the walk found."""
        for tree in walk.modules:
            self._add_tree(tree)
        for found in walk.tensors:
            self._add_tensor(found)
        return Placement(
            totals=[
                PlacementTotal(device=device, dtype=dtype, storage_bytes=nbytes, tensors=number)
                for (device, dtype), (nbytes, number) in sorted(
                    self._totals.items(), key=lambda item: -item[1][0]
                )
            ],
            modules=self._modules,
            tensors=self._largest(),
            visited=walk.visited,
            truncated=walk.truncated,
            torch_name=torch_name,
        )

    def _count(self, tensor: Any, storage: Storage | None) -> tuple[int, bool]:
        """Bytes that this tensor adds, and whether its storage was counted before."""
        nbytes, shared = 0, False
        if storage is None or not storage.nbytes:
            nbytes = sum(self._add_bytes(part) for part in self._tensors.parts(tensor))
        elif storage.key in self.storages:
            shared = True
        else:
            nbytes = storage.nbytes
        if storage is not None:
            self.storages.add(storage.key)
        total = self._totals.setdefault(
            (self._tensors.device_name(tensor), self._tensors.dtype_name(tensor)), [0, 0]
        )
        total[0] += nbytes
        total[1] += 1
        return nbytes, shared

    def _add_bytes(self, part: Any) -> int:
        """Bytes of a tensor within a tensor, if they were not counted before."""
        storage = self._tensors.storage(part)
        if storage is None or storage.key in self.storages:
            return 0
        self.storages.add(storage.key)
        return storage.nbytes

    # --- tensors outside modules --------------------------------------------------------------

    def _add_tensor(self, found: Found) -> None:
        nbytes, shared = self._count(found.thing, self._tensors.storage(found.thing))
        self._entries.append(_Entry(found.thing, found.trail, nbytes, shared))
        gradient = self._tensors.gradient(found.thing)
        if gradient is not None:
            nbytes, shared = self._count(gradient, self._tensors.storage(gradient))
            trail = Trail(found.trail, Step.ATTRIBUTE, "grad")
            self._entries.append(_Entry(gradient, trail, nbytes, shared))

    def _largest(self) -> list[PlacedTensor]:
        read = self._tensors
        return [
            PlacedTensor(
                path=write(entry.trail, self._name_of_key),
                device=read.device_name(entry.tensor),
                dtype=read.dtype_name(entry.tensor),
                shape=read.shape(entry.tensor),
                storage_bytes=entry.nbytes,
                requires_grad=bool(read.requires_grad(entry.tensor)),
                has_grad_fn=not read.is_leaf(entry.tensor),
                shares_storage=entry.shared,
            )
            for entry in nlargest(_MAX_TENSORS, self._entries, key=lambda entry: entry.nbytes)
        ]

    def _name_of_key(self, key: object) -> str | None:
        """An optimizer's state has parameters as keys."""
        trail = self._names.get(id(key))
        return None if trail is None else write(trail)

    # --- modules ------------------------------------------------------------------------------

    def _add_tree(self, parts: list[Part]) -> None:
        """Add one tree of modules, listed from the root down."""
        within: set[int] = set()
        sizes = [self._sizes(part, within) for part in parts]
        depths: list[int] = []
        for index, part in enumerate(parts):
            depths.append(0 if part.parent is None else depths[part.parent] + 1)
            if part.parent is not None:
                sizes[part.parent].children.append(index)
        for part, size in zip(reversed(parts), reversed(sizes), strict=True):
            if part.parent is not None:
                sizes[part.parent].include(size)
        # Level by level, so that the bound cuts the deepest and not the last.
        order = sorted(range(len(parts)), key=depths.__getitem__)
        shown = {i for i in order if depths[i] < _MAX_DEPTH and self._take()}
        if 0 in shown:
            self._modules.append(self._module(0, parts, sizes, shown))

    def _take(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def _module(
        self, index: int, parts: list[Part], sizes: list[_Sizes], shown: set[int]
    ) -> PlacedModule:
        part, size = parts[index], sizes[index]
        return PlacedModule(
            path=write(part.trail, self._name_of_key),
            class_name=class_name(part.module),
            training=self._tensors.is_training(part.module),
            parameters=size.parameters,
            parameter_bytes=size.parameter_bytes,
            buffer_bytes=size.buffer_bytes,
            gradient_bytes=size.gradient_bytes,
            devices=size.devices,
            dtypes=size.dtypes,
            children=[self._module(i, parts, sizes, shown) for i in size.children if i in shown],
        )

    def _sizes(self, part: Part, within: set[int]) -> _Sizes:
        """What one module takes without its children, and not what the tree had before."""
        sizes = _Sizes()
        read = self._tensors
        for name, tensor, is_parameter in part.tensors:
            self._names[id(tensor)] = Trail(part.trail, Step.ATTRIBUTE, name)
            storage = read.storage(tensor)
            self._count(tensor, storage)
            nbytes = self._bytes_within(tensor, storage, within)
            if nbytes is None:
                continue
            if is_parameter:
                sizes.parameters += read.numel(tensor)
                sizes.parameter_bytes += nbytes
                gradient = read.gradient(tensor)
                if gradient is not None:
                    storage = read.storage(gradient)
                    self._count(gradient, storage)
                    sizes.gradient_bytes += self._bytes_within(gradient, storage, within) or 0
            else:
                sizes.buffer_bytes += nbytes
            device, dtype = read.device_name(tensor), read.dtype_name(tensor)
            sizes.devices[device] = sizes.devices.get(device, 0) + nbytes
            sizes.dtypes[dtype] = sizes.dtypes.get(dtype, 0) + nbytes
        return sizes

    def _bytes_within(self, tensor: Any, storage: Storage | None, within: set[int]) -> int | None:
        """Bytes of a storage that is new to the tree, else ``None``."""
        if storage is not None and storage.nbytes:
            if storage.key in within:
                return None
            within.add(storage.key)
            return storage.nbytes
        read = self._tensors
        return sum(
            self._bytes_within(part, read.storage(part), within) or 0 for part in read.parts(tensor)
        )


def storage_bytes_by_device(tensors: Tensors, things: Iterable[Any]) -> dict[str, int]:
    """Bytes by device of these tensors; each storage once."""
    seen: set[int] = set()
    landed: dict[str, int] = {}
    pending = list(things)
    while pending:
        tensor = pending.pop()
        storage = tensors.storage(tensor)
        if storage is None or not storage.nbytes:
            pending.extend(tensors.parts(tensor))
        device = tensors.device_name(tensor)
        landed.setdefault(device, 0)
        if storage is not None and storage.key not in seen:
            seen.add(storage.key)
            landed[device] += storage.nbytes
    return landed

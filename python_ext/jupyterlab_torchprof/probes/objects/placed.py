"""From the objects of a walk to the record's `Placement`: each storage once, largest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import nlargest
from operator import itemgetter
from typing import Any

from ...record import PlacedModule, PlacedTensor, Placement, PlacementTotal
from .failures import Failures
from .kept import Entry
from .kinds import class_name
from .layers import layer_counter
from .managed import offloaded, packed_elements, shards
from .paths import Step, Trail, write
from .tensors import Storage, Tensors
from .trees import Counted, Part, Tree
from .walk import Walk

_MAX_TENSORS = 100
_MAX_MODULES = 100
_MAX_DEPTH = 3
"""Levels of modules that are listed; deeper ones count in their ancestors."""
_MAX_COUNTED = 5000
"""Modules whose layers are counted, in all trees together."""


@dataclass(slots=True)
class _Sizes:
    """What a module takes, its children included."""

    parameters: int = 0
    parameter_bytes: int = 0
    trainable_bytes: int = 0
    buffer_bytes: int = 0
    gradient_bytes: int = 0
    whole_bytes: int = 0
    """Of the parameters, wherever their parts are."""
    is_divided: bool = False
    devices: dict[str, int] = field(default_factory=dict)
    dtypes: dict[str, int] = field(default_factory=dict)
    children: list[int] = field(default_factory=list)

    def include(self, child: _Sizes) -> None:
        self.parameters += child.parameters
        self.parameter_bytes += child.parameter_bytes
        self.trainable_bytes += child.trainable_bytes
        self.buffer_bytes += child.buffer_bytes
        self.gradient_bytes += child.gradient_bytes
        self.whole_bytes += child.whole_bytes
        self.is_divided |= child.is_divided
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
        self.module_storages: set[int] = set()
        """Those of them that are of modules' parameters, buffers and gradients."""
        self.sizes: list[int] = []
        """Bytes of the walk's tensors; 0 where the storage was counted before."""
        self._tensors = tensors
        self._totals: dict[tuple[Any, Any], list[int]] = {}
        self.entries: list[Entry] = []
        """The tensors outside modules, and their gradients."""
        self._modules: list[PlacedModule] = []
        self._failures = Failures()
        self._left = _MAX_MODULES
        self._uncounted = _MAX_COUNTED

    def placement(self, walk: Walk, torch_name: str | None) -> Placement:
        """Count everything that the walk found."""
        self._failures = walk.failures
        for tree in walk.modules:
            try:
                self._add_tree(tree)
            except Exception as error:  # of a module as nobody expects it
                self._failures.add(error)
        self.sizes = [self._try_tensor(tensor, trail) for tensor, trail in walk.tensors]
        return Placement(
            totals=self._sums(),
            modules=self._modules,
            tensors=self._largest(walk),
            visited=walk.visited,
            truncated=walk.truncated,
            torch_name=torch_name,
        )

    def beyond(self, walk: Walk) -> list[Entry]:
        """The tensors of another walk, which are in no placement."""
        if not walk.tensors:
            return []
        other = Placing(self._tensors)
        other.storages, other._failures = set(self.storages), walk.failures
        for tensor, trail in walk.tensors:
            other._try_tensor(tensor, trail)
        return other.entries

    def module(self, tree: Tree, *, layers: bool) -> PlacedModule:
        """Count one tree, and nothing besides; ``layers``: with them, which takes as long again."""
        self._uncounted = _MAX_COUNTED if layers else 0
        self._count_tree(tree)
        return self._modules[-1]

    def _sums(self) -> list[PlacementTotal]:
        largest_first = sorted(self._totals.items(), key=lambda item: -item[1][0])
        return [
            PlacementTotal(
                device=str(device),
                dtype=str(dtype).removeprefix("torch."),
                storage_bytes=nbytes,
                tensors=number,
            )
            for (device, dtype), (nbytes, number) in largest_first
        ]

    def _count(self, tensor: Any, storage: Storage | None) -> tuple[int, bool]:
        """Bytes that this tensor adds, and whether its storage was counted before."""
        read = self._tensors
        nbytes, shared = 0, False
        if storage is None or not storage[1]:
            nbytes = self._count_parts(tensor)
            if nbytes:
                return nbytes, shared
        elif storage[0] in self.storages:
            shared = True
        else:
            self.storages.add(storage[0])
            nbytes = storage[1]
        place = (read.device(tensor), read.dtype(tensor))
        total = self._totals.get(place)
        if total is None:
            total = self._totals[place] = [0, 0]
        total[0] += nbytes
        total[1] += 1
        return nbytes, shared

    def _count_parts(self, tensor: Any) -> int:
        """Count the tensors within one, each by where and of what type it is, as one in all."""
        read, one, nbytes = self._tensors, 1, 0
        for part in read.parts(tensor):
            own = self._add_bytes(part)
            if own:
                total = self._totals.setdefault((read.device(part), read.dtype(part)), [0, 0])
                total[0] += own
                total[1] += one
                one, nbytes = 0, nbytes + own
        return nbytes

    def _add_bytes(self, part: Any) -> int:
        """Bytes of a tensor within a tensor, if they were not counted before."""
        storage = self._tensors.storage(part)
        if storage is None or storage[0] in self.storages:
            return 0
        self.storages.add(storage[0])
        return storage[1]

    # --- tensors outside modules --------------------------------------------------------------

    def _try_tensor(self, tensor: Any, trail: Trail) -> int:
        try:
            return self._add_tensor(tensor, trail)
        except Exception as error:
            self._failures.add(error)
            return 0

    def _add_tensor(self, tensor: Any, trail: Trail) -> int:
        storage = self._tensors.storage(tensor)
        nbytes, shared = self._count(tensor, storage)
        key = storage[0] if storage is not None and storage[1] else 0
        self.entries.append((nbytes, shared, tensor, trail, key))
        gradient = self._tensors.gradient(tensor)
        if gradient is not None:
            self._add_tensor(gradient, (trail, Step.ATTRIBUTE, "grad"))
        return nbytes

    def _largest(self, walk: Walk) -> list[PlacedTensor]:
        read = self._tensors
        names: dict[int, str] = {}

        def name_of_key(key: object) -> str | None:
            """An optimizer's state has parameters as keys."""
            if not names:
                names.update(_parameter_names(read, walk))
            return names.get(id(key))

        placed: list[PlacedTensor] = []
        for nbytes, shared, tensor, trail, _key in nlargest(
            _MAX_TENSORS, self.entries, key=itemgetter(0)
        ):
            try:
                placed.append(
                    PlacedTensor(
                        path=write(trail, name_of_key),
                        device=read.device_name(tensor),
                        dtype=read.dtype_name(tensor),
                        shape=read.shape(tensor),
                        storage_bytes=nbytes,
                        requires_grad=bool(read.requires_grad(tensor)),
                        has_grad_fn=not read.is_leaf(tensor),
                        shares_storage=shared,
                    )
                )
            except Exception as error:
                self._failures.add(error)
        return placed

    # --- modules ------------------------------------------------------------------------------

    def _add_tree(self, tree: Tree) -> None:
        """Add one tree of modules, as it was counted before if it is known."""
        known = tree.known
        if known is None or known.overlaps:
            self._count_tree(tree)
            return
        counted = known.counted
        if counted is None:
            counted = known.counted = self._count_alone(tree)
            known.overlaps = counted is None
        elif self._is_apart(counted, tree) and self._can_show(counted):
            self._add_counted(counted, tree)
        else:
            self._count_tree(tree)

    def _is_apart(self, counted: Counted, tree: Tree) -> bool:
        """Whether no tree before it shares a storage with it."""
        storages = self.storages
        return storages.isdisjoint(counted.storages) and storages.isdisjoint(tree.gradients)

    def _can_show(self, counted: Counted) -> bool:
        return self._left >= counted.shown and self._uncounted >= counted.modules

    def _add_counted(self, counted: Counted, tree: Tree) -> None:
        self._left -= counted.shown
        self._uncounted -= counted.modules
        self._modules.append(counted.placed)
        self.storages |= counted.storages
        self.module_storages |= counted.module_storages
        self.storages.update(tree.gradients)
        self.module_storages.update(tree.gradients)
        for place, (nbytes, number) in counted.totals.items():
            total = self._totals.setdefault(place, [0, 0])
            total[0] += nbytes
            total[1] += number

    def _count_alone(self, tree: Tree) -> Counted | None:
        """Count it, and say what came of it, if that would be the same in any other company."""
        alone = Placing(self._tensors)
        alone._count_tree(tree)
        if not alone._modules or not self.storages.isdisjoint(alone.storages):
            self._count_tree(tree)
            return None
        counted = Counted(
            placed=alone._modules[0],
            shown=_MAX_MODULES - alone._left,
            modules=_MAX_COUNTED - alone._uncounted,
            storages=frozenset(alone.storages.difference(tree.gradients)),
            module_storages=frozenset(alone.module_storages.difference(tree.gradients)),
            totals={place: (total[0], total[1]) for place, total in alone._totals.items()},
        )
        if self._can_show(counted):
            self._add_counted(counted, tree)
        else:
            self._count_tree(tree)
        return counted

    def _count_tree(self, tree: Tree) -> None:
        parts = tree.parts(self._tensors)
        within: set[int] = set()
        sizes = [self._sizes(part, within) for part in parts]
        self.module_storages |= within
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
            root = self._module(0, parts, sizes, shown)
            root.trainable_bytes = sizes[0].trainable_bytes
            root.whole_bytes = sizes[0].whole_bytes if sizes[0].is_divided else None
            if "meta" in root.devices:
                root.offloaded = offloaded(self._tensors, parts)
            self._uncounted -= len(parts)
            if self._uncounted >= 0:
                root.layers = layer_counter(self._tensors.torch).count(parts[0].module)
            self._modules.append(root)

    def _take(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def _module(
        self, index: int, parts: list[Part], sizes: list[_Sizes], shown: set[int]
    ) -> PlacedModule:
        part, size = parts[index], sizes[index]
        return PlacedModule(
            path=write(part.trail),
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
        for _name, tensor, is_parameter in part.tensors:
            nbytes = self._add_to_tree(tensor, within)
            if nbytes is None:
                continue
            if is_parameter:
                sizes.parameters += packed_elements(tensor) or self._tensors.elements(tensor)
                sizes.parameter_bytes += nbytes
                sizes.whole_bytes += self._whole_bytes(tensor, nbytes, sizes)
                if self._tensors.requires_grad(tensor):
                    sizes.trainable_bytes += nbytes
                gradient = self._tensors.gradient(tensor)
                if gradient is not None:
                    sizes.gradient_bytes += self._add_to_tree(gradient, within) or 0
            else:
                sizes.buffer_bytes += nbytes
            for one, of_it in self._pieces(tensor, nbytes):
                device, dtype = self._tensors.device_name(one), self._tensors.dtype_name(one)
                sizes.devices[device] = sizes.devices.get(device, 0) + of_it
                sizes.dtypes[dtype] = sizes.dtypes.get(dtype, 0) + of_it
        return sizes

    def _whole_bytes(self, tensor: Any, nbytes: int, sizes: _Sizes) -> int:
        if shards(type(tensor)) is None:
            return nbytes
        sizes.is_divided = True
        elements, size = self._tensors.elements(tensor), self._tensors.element_size(tensor)
        return int(elements * size)

    def _pieces(self, tensor: Any, nbytes: int) -> list[tuple[Any, int]]:
        """A tensor, or those that it is made of, with their bytes: a quantized one has scales."""
        storage = self._tensors.storage(tensor)
        parts = [] if storage is not None and storage[1] else self._tensors.parts(tensor)
        sized = [(part, self._tensors.storage(part)) for part in parts]
        found = [(part, own[1]) for part, own in sized if own is not None and own[1]]
        return found or [(tensor, nbytes)]

    def _add_to_tree(self, tensor: Any, within: set[int]) -> int | None:
        """Count it; its bytes, or ``None`` if its tree has had the storage already."""
        storage = self._tensors.storage(tensor)
        self._count(tensor, storage)
        if storage is not None and storage[1]:
            if storage[0] in within:
                return None
            within.add(storage[0])
            return storage[1]
        parts = (self._tensors.storage(part) for part in self._tensors.parts(tensor))
        return sum(part[1] for part in parts if part is not None)


def _parameter_names(tensors: Tensors, walk: Walk) -> dict[int, str]:
    """How the parameters and buffers of modules are written, by their ids."""
    return {
        id(tensor): write((part.trail, Step.ATTRIBUTE, name))
        for tree in walk.modules
        for part in tree.parts(tensors)
        for name, tensor, _is_parameter in part.tensors
    }


def storage_bytes_by_device(tensors: Tensors, things: Iterable[Any]) -> dict[str, int]:
    """Bytes by device of these tensors; each storage once."""
    landed: dict[str, int] = {}
    for _tensor, device, nbytes in each_storage(tensors, things):
        landed[device] = landed.get(device, 0) + nbytes
    return landed


def each_storage(tensors: Tensors, things: Iterable[Any]) -> Iterator[tuple[Any, str, int]]:
    """These tensors and those that they are made of, each with its device and its bytes.

    The bytes of a storage are those of the first tensor in it; the others have none.
    """
    seen: set[int] = set()
    pending = list(things)
    while pending:
        tensor = pending.pop()
        storage = tensors.storage(tensor)
        if storage is None or not storage[1]:
            pending.extend(tensors.parts(tensor))
        nbytes = 0
        if storage is not None and storage[0] not in seen:
            seen.add(storage[0])
            nbytes = storage[1]
        yield tensor, tensors.device_name(tensor), nbytes

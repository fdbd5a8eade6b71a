"""Which variable or attribute keeps how many bytes of tensors, on which device."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .kinds import class_name
from .paths import Step, Trail, keeper_of, write
from .tensors import Tensors

LARGE_BYTES = 1 << 20
"""What is smaller is no answer to the question where memory went."""
_MOST_LARGE = 2000
"""Storages that are followed one by one."""
_MUCH_LARGER = 16
"""So many times what a view shows must its storage be for the view to be called small."""

Entry = tuple[int, bool, Any, Trail]
"""A tensor outside modules: bytes, whether its storage was counted before, itself and its way."""


class LargeTensor(NamedTuple):
    """A tensor whose storage is worth following. Does not keep it alive."""

    key: int
    """Of its storage."""
    nbytes: int
    reference: weakref.ref[Any]


@dataclass(slots=True)
class Kept:
    """What one variable or attribute keeps on one device. Keeps nothing of it alive."""

    path: str
    """As the user would write it: ``cache``, ``trainer.losses``; empty: what is small."""
    device: str
    nbytes: int = 0
    tensors: int = 0
    what: str = ""
    """Class and shape of its only tensor, or how many there are."""
    shown_bytes: int | None = None
    """Of one tensor that alone keeps a much larger storage: the bytes of its own elements."""
    large: list[LargeTensor] = field(default_factory=list)
    shared: set[int] = field(default_factory=set)
    """Keys of the large storages that something before it has, too."""
    shares_with: str | None = None
    """The module that has all of its memory: ``best`` is no copy of ``net``."""


@dataclass(slots=True)
class _Small:
    """The small tensors of one container, mostly on one device."""

    trail: Trail
    tensor: Any
    tensors: int
    nbytes: int


class _Groups:
    def __init__(self, tensors: Tensors) -> None:
        self._tensors = tensors
        self._found: dict[tuple[str, str], Kept] = {}
        self._paths: dict[int, str] = {}
        self._left = _MOST_LARGE

    def has(self, trail: Trail) -> bool:
        """Whether something large of the same container was met."""
        return trail[1] is not Step.ATTRIBUTE and id(trail[0]) in self._paths

    def add(
        self, trail: Trail, tensor: Any, nbytes: int, *, number: int = 1, is_shared: bool = False
    ) -> None:
        """Count a tensor, or ``number`` small ones of which it is the first."""
        read = self._tensors
        place = (self._path(trail), read.device_name(tensor))
        one = self._found.get(place)
        if one is None:
            one = self._found[place] = Kept(*place)
            one.what = f"{class_name(tensor)} {read.shape(tensor)}"
            one.shown_bytes = _shown(read, tensor, nbytes)
        one.nbytes += nbytes
        one.tensors += number
        storage = read.storage(tensor) if number == 1 else None
        if storage is None or storage[1] < LARGE_BYTES:
            return
        if is_shared:
            one.shared.add(storage[0])
        elif self._left > 0:
            self._left -= 1
            one.large.append(LargeTensor(storage[0], nbytes, weakref.ref(tensor)))

    def add_small(self, device: str, number: int, nbytes: int) -> None:
        """Count what is not worth a name."""
        one = self._found.setdefault(("", device), Kept("", device))
        one.tensors += number
        one.nbytes += nbytes

    def largest_first(self) -> list[Kept]:
        """The groups that are worth a word."""
        kept = [one for one in self._found.values() if one.nbytes >= LARGE_BYTES or one.shared]
        for one in kept:
            if one.tensors > 1:
                one.what, one.shown_bytes = f"{one.tensors:,} tensors", None
        return sorted(kept, key=lambda one: -one.nbytes)

    def _path(self, trail: Trail) -> str:
        before = trail[0]
        if before is None:
            return str(trail[2])
        if trail[1] is Step.ATTRIBUTE:
            return write(keeper_of(trail))
        # What is in one container has one trail's id in common.
        if id(before) not in self._paths:
            self._paths[id(before)] = write(keeper_of(trail))
        return self._paths[id(before)]


def find_kept(tensors: Tensors, entries: Iterable[Entry]) -> list[Kept]:
    """Group the tensors that are in no module, largest group first. Runs within `Tensors.quiet`.

    Variables and containers of less than `LARGE_BYTES` are one group by device, without a path.
    """
    groups = _Groups(tensors)
    small: dict[int, _Small] = {}
    device_name = tensors.device_name
    for nbytes, shared, tensor, trail in entries:
        if nbytes >= LARGE_BYTES or shared:
            groups.add(trail, tensor, nbytes, is_shared=shared)
        elif trail[0] is None:
            groups.add_small(device_name(tensor), 1, nbytes)
        elif (one := small.get(id(trail[0]))) is None:
            small[id(trail[0])] = _Small(trail, tensor, 1, nbytes)
        else:
            one.tensors += 1
            one.nbytes += nbytes
    for one in small.values():
        if one.nbytes >= LARGE_BYTES or groups.has(one.trail):
            groups.add(one.trail, one.tensor, one.nbytes, number=one.tensors)
        else:
            groups.add_small(device_name(one.tensor), one.tensors, one.nbytes)
    return groups.largest_first()


def note_sharing(found: Iterable[Kept], modules: Iterable[tuple[str, frozenset[int]]]) -> None:
    """Say whose memory it is that some keep nothing beside. ``modules``: names and storages."""
    modules = list(modules)
    for one in found:
        if one.nbytes < LARGE_BYTES and one.shared:
            one.shares_with = next((name for name, own in modules if one.shared <= own), None)


def _shown(tensors: Tensors, tensor: Any, nbytes: int) -> int | None:
    if nbytes < LARGE_BYTES:
        return None
    try:
        shown = int(tensors.numel(tensor)) * int(tensors.element_size(tensor))
    except Exception:  # nested and sparse tensors
        return None
    return shown if shown * _MUCH_LARGER <= nbytes else None

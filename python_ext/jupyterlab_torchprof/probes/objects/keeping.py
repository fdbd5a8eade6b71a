"""Groups the tensors of a namespace by what keeps them."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence, Set
from operator import attrgetter
from typing import Any

from .kept import LARGE_BYTES, Entry, Kept
from .paths import Step, Trail, keeper_of, write
from .tensors import Tensors
from .trees import TreeStorage

_MOST_LARGE = 2000
"""Storages that are followed one by one."""
_BLOCK = 512
"""Allocators of devices give no less: ten thousand losses take five megabytes."""
_MANY = 16
"""What has fewer tensors is grouped anew each time."""


class KnownPlaces:
    """Containers with many tensors, and large variables, as they were. Keeps none of it alive."""

    def __init__(self) -> None:
        """There are none."""
        self._variables: dict[str, tuple[int, Kept]] = {}
        self._met_variables: dict[str, tuple[int, Kept]] = {}
        self._known: dict[tuple[str, str], tuple[list[int], list[int], list[Kept]]] = {}
        self._met: set[tuple[str, str]] = set()

    def find(self, place: tuple[str, str], entries: list[Entry]) -> list[Kept]:
        """What was made of the same tensors; empty if they are others."""
        self._met.add(place)
        known = self._known.get(place)
        if known is None or len(known[0]) != len(entries):
            return []
        same = known[0] == [one[4] for one in entries] and known[1] == [one[0] for one in entries]
        return known[2] if same else []

    def remember(self, place: tuple[str, str], entries: list[Entry], found: list[Kept]) -> None:
        """This was made of them."""
        self._known[place] = ([one[4] for one in entries], [one[0] for one in entries], found)

    def find_variable(self, name: str, device: str, entry: Entry) -> Kept | None:
        """What was made of this very tensor, if its memory is the same."""
        key, kept = self._variables.get(name, (0, None))
        if kept is None or kept.first is None or key != entry[4] or kept.first() is not entry[2]:
            return None
        if kept.nbytes != entry[0] or kept.device != device:
            return None
        self._met_variables[name] = (key, kept)
        return kept

    def remember_variable(self, entry: Entry, kept: Kept) -> None:
        """This was made of it."""
        self._met_variables[kept.path] = (entry[4], kept)

    def forget(self) -> None:
        """What was not asked for since."""
        self._variables, self._met_variables = self._met_variables, {}
        self._known = {place: its for place, its in self._known.items() if place in self._met}
        self._met = set()


class _Groups:
    def __init__(self, tensors: Tensors, known: KnownPlaces) -> None:
        self._tensors = tensors
        self._known = known
        self._found: dict[tuple[str, str, str], Kept] = {}
        self._left = _MOST_LARGE

    def add(self, path: str, entry: Entry, optimizer: str = "") -> None:
        """Count a tensor; ``optimizer``: the class of the one whose state it is."""
        nbytes, is_shared, tensor, _trail, key = entry
        one = self._of(path, tensor, optimizer)
        one.nbytes += nbytes
        one.tensors += 1
        if is_shared:
            one.shared.add(key)
        elif nbytes >= LARGE_BYTES and key and self._left > 0:
            self._left -= 1
            one.large[key] = TreeStorage(one.device, nbytes, weakref.ref(tensor))
            one.large_bytes += nbytes

    def add_variable(self, entry: Entry) -> None:
        """Count a tensor that is a variable itself: no other tensor has its path."""
        nbytes, is_shared, tensor, trail, key = entry
        name = str(trail[2])
        if is_shared or nbytes < LARGE_BYTES or not key or self._left <= 0:
            self.add(name, entry)
            return
        device = self._tensors.device_name(tensor)
        one = self._known.find_variable(name, device, entry)
        if one is None:
            self.add(name, entry)
            self._known.remember_variable(entry, self._found[name, device, ""])
        else:
            self._left -= 1
            self._found[name, device, ""] = one

    def add_small(self, entries: list[Entry], path: str = "", optimizer: str = "") -> None:
        """Count several small tensors of one place; without a path they are not worth a name."""
        device_name = self._tensors.device_name
        one: Kept | None = None
        device = ""
        for nbytes, _is_shared, tensor, _trail, _key in entries:
            its = device_name(tensor)
            if one is None or its != device:
                one, device = self._of(path, tensor, optimizer), its
            one.nbytes += nbytes if path or its == "cpu" else nbytes + -nbytes % _BLOCK
            one.tensors += 1

    def add_place(self, entries: list[Entry], path: str, optimizer: str = "") -> None:
        """Count all tensors of a container."""
        place = (path, optimizer)
        known: list[Kept] = []
        # What one storage has in two places is counted for the first, which may change.
        many = len(entries) >= _MANY and not any([one[1] for one in entries])
        if many:
            known = self._known.find(place, entries)
            self._found.update({(path, one.device, optimizer): one for one in known})
        if not known:
            self.add_small(
                [one for one in entries if one[0] < LARGE_BYTES and not one[1]], path, optimizer
            )
            for one in entries:
                if one[0] >= LARGE_BYTES or one[1]:
                    self.add(path, one, optimizer)
            if many:
                found = [its for at, its in self._found.items() if at[::2] == place]
                self._known.remember(place, entries, found)

    def largest_first(self) -> list[Kept]:
        """The groups that are worth a word."""
        kept = [
            one
            for one in self._found.values()
            if one.nbytes >= LARGE_BYTES or one.shared or not (one.path or one.device == "cpu")
        ]
        return sorted(kept, key=attrgetter("nbytes"), reverse=True)

    def _of(self, path: str, tensor: Any, optimizer: str) -> Kept:
        place = (path, self._tensors.device_name(tensor), optimizer)
        one = self._found.get(place)
        if one is None:
            one = self._found[place] = Kept(*place, first=weakref.ref(tensor))
        return one


def find_kept(
    tensors: Tensors,
    entries: Iterable[Entry],
    optimizers: Mapping[int, str],
    modules: Sequence[tuple[str, Set[int]]],
    known_places: KnownPlaces,
) -> list[Kept]:
    """Group the tensors that are in no module, largest group first. Runs within `Tensors.quiet`.

    Variables and containers of less than `LARGE_BYTES` are one group by device, without a path.
    ``optimizers``: their classes by the ids of their trails. ``modules``: paths and storages.
    """
    groups = _Groups(tensors, known_places)
    states = _States(optimizers)
    small: list[Entry] = []
    containers: dict[int, list[Entry]] = {}  # what is in one has one trail's id in common
    for entry in entries:
        before = entry[3][0]
        if before is None:
            if entry[0] >= LARGE_BYTES or entry[1]:
                groups.add_variable(entry)
            elif entry[0]:
                small.append(entry)
            continue
        its = containers.get(id(before))
        if its is None:
            in_state = states.entries(before)
            its = containers[id(before)] = [] if in_state is None else in_state
        its.append(entry)
    places: dict[tuple[str, str], list[Entry]] = {}
    for trail, its in states.found:
        place = (write(trail[0]), optimizers[id(trail[0])])
        places[place] = [*places.get(place, []), *its]
    in_states = {id(its) for _trail, its in states.found}
    for its in containers.values():
        if id(its) not in in_states:
            _sort(groups, its, places, small)
    for (path, optimizer), its in places.items():
        groups.add_place(its, path, optimizer)
    groups.add_small(small)
    found = groups.largest_first()
    known_places.forget()
    for one in found:
        if one.nbytes < LARGE_BYTES and one.shared:
            one.shares_with = next((name for name, own in modules if one.shared <= own), None)
    return found


class _States:
    """The dictionaries in which optimizers have their state."""

    def __init__(self, optimizers: Mapping[int, str]) -> None:
        self._optimizers = optimizers
        self._known: dict[int, list[Entry] | None] = {}
        self.found: list[tuple[Trail, list[Entry]]] = []
        """The ways to them and what is in them."""

    def entries(self, at: Trail) -> list[Entry] | None:
        """What was found in the state that this is the way into; ``None``: it is in none."""
        before = at[0]
        if not self._optimizers or before is None:
            return None
        if id(before) in self._optimizers:
            if at[1:] != (Step.ATTRIBUTE, "state"):
                return None
            if id(at) not in self._known:
                self.found.append((at, []))
                self._known[id(at)] = self.found[-1][1]
            return self._known[id(at)]
        # Those of one parameter and of the next are in the same one.
        if id(before) not in self._known:
            self._known[id(before)] = self.entries(before)
        return self._known[id(before)]


def _sort(
    groups: _Groups,
    entries: list[Entry],
    places: dict[tuple[str, str], list[Entry]],
    small: list[Entry],
) -> None:
    """What is in one container, or the attributes of one object."""
    attributes = [one for one in entries if one[3][1] is Step.ATTRIBUTE]
    items = (
        entries if not attributes else [one for one in entries if one[3][1] is not Step.ATTRIBUTE]
    )
    for one in attributes:
        if one[0] >= LARGE_BYTES or one[1]:
            groups.add(write(keeper_of(one[3])), one)
    few = [one for one in attributes if one[0] < LARGE_BYTES and not one[1]]
    if sum(one[0] for one in few) >= LARGE_BYTES:
        groups.add_small(few, write(few[0][3][0]))
    else:
        small += few
    if sum(one[0] for one in items) >= LARGE_BYTES or any(one[1] for one in items):
        path = write(keeper_of(items[0][3]))
        places.setdefault((path, ""), []).extend(items)
    else:
        small += items

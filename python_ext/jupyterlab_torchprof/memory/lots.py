"""Follows memory from the run that made it to the run that let it go.

A lot is a storage, known by its key and held weakly; or what a holder has in all of the gradients
of a module, a graph, or the small tensors of an optimizer, which is there as long as it is found.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from ..probes.graphs.weak_storage import WeakStorage
from ..probes.holding.footprint import HeldStorage
from ..probes.objects.tensors import Tensors
from ..probes.objects.trees import TreeStorage
from ..record import HOST, MadeMemory

HOLDERS: dict[str, Literal["outputs", "traceback", "old_objects"]] = {
    "output": "outputs",
    "traceback": "traceback",
    "old_object": "old_objects",
}
"""Kinds of what has memory beyond the variables, by those of a record's holders."""

CPU = "cpu"
"""PyTorch's name of the host."""

_MOST_LOTS = 4000
_MOST_RUNS = 100
"""Runs whose memory is told of."""
_NAMES = 3

Holder = tuple[str, str]
"""A kind, and what has it, as the user would write it."""


class RunName(NamedTuple):
    """A run, as it is referred to."""

    run_id: str
    number: int | None
    """Its execution count."""


AN_ACTION = RunName("", None)
"""What lets memory go between two runs."""


class Seen(NamedTuple):
    """What one holder was found to have when a run had ended."""

    holder: Holder
    name: str
    pieces: Mapping[int, TreeStorage]
    """By the keys of their storages."""
    rest: Mapping[str, int] = {}
    """Bytes by device that are in no piece."""
    owner: weakref.ref[Any] | None = None
    """The object that has the rest: another one of the same name has another rest."""
    held: Mapping[int, HeldStorage] = {}
    """By the keys of their storages: those that are known without a tensor."""


@dataclass(slots=True)
class _Lot:
    made: RunName
    device: str
    nbytes: int
    holder: str
    storage: WeakStorage | None = None
    owner: weakref.ref[Any] | None = None
    turn: int = 0
    """When it was found last."""

    def is_gone(self) -> bool:
        """Whether what was not found now is no more."""
        return self.storage is None or self.storage.expired()


@dataclass(slots=True)
class _Made:
    """What one run made on one device."""

    freed: dict[str, int] = field(default_factory=dict)


class Lots:
    """All lots of a kernel's session."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._pieces: dict[int, _Lot] = {}
        self._rests: dict[tuple[Holder, str], _Lot] = {}
        self._made: dict[tuple[RunName, str], _Made] = {}
        self._makers: dict[tuple[Holder, str], RunName] = {}
        self._holders: set[Holder] = set()
        self._turn = 0
        self._signature: list[object] = []
        self._listed: dict[int, tuple[Mapping[int, TreeStorage], list[int]]] = {}
        """The keys of what was seen, which stays the same object as long as it does not change."""
        self._lost: list[_Lot] = []
        """Those that are there, and nobody was found to have."""
        self._told: list[MadeMemory] = []

    def look(self, run: RunName, seen: list[Seen], tensors: Tensors) -> None:
        """A run has ended, and these are there. Runs within `Tensors.quiet`."""
        # As long as somebody has a storage its key is nobody else's, since it is held weakly.
        signature: list[object] = []
        known, self._listed = self._listed, {}
        for one in seen:
            pieces = one.pieces
            listed = known.get(id(pieces))
            if listed is None:
                listed = (pieces, list(pieces))
            self._listed[id(pieces)] = listed
            owner = None if one.owner is None else id(one.owner())
            signature.append((one.holder, listed[1], one.rest, owner, list(one.held)))
        if signature == self._signature and not any([lot.is_gone() for lot in self._lost]):
            return
        self._signature = signature
        self._turn += 1
        self._makers = {}
        self._holders = {one.holder for one in seen}
        gone = self._outlived(seen)
        for one in seen:
            self._look_at(run, one, tensors)
        gone += self._let_go()
        for lot in gone:
            made = self._made.get((lot.made, lot.device))
            if made is not None:
                count = "" if run.number is None else str(run.number)
                made.freed[count] = made.freed.get(count, 0) + lot.nbytes
        while len(self._made) > _MOST_RUNS:
            del self._made[next(iter(self._made))]
        self._told = self._tell()

    def maker(self, holder: Holder, device: str) -> RunName | None:
        """The run that made most of what this one has."""
        return self._makers.get((holder, device))

    def is_of(self, run: RunName, key: int) -> bool:
        """Whether this run made the storage with this key."""
        lot = self._pieces.get(key)
        return lot is not None and lot.made == run

    def made(self) -> list[MadeMemory]:
        """What became of what the runs made, those from which nothing was seen left out."""
        return self._told

    def _look_at(self, run: RunName, one: Seen, tensors: Tensors) -> None:
        sums: Counter[tuple[str, RunName]] = Counter()
        rest = dict(one.rest)
        for key, piece in one.pieces.items():
            lot = self._pieces.get(key)
            if lot is None:
                tensor = None if piece.reference is None else piece.reference()
                if tensor is None or len(self._pieces) >= _MOST_LOTS:
                    if one.rest or piece.reference is None:
                        rest[piece.device] = rest.get(piece.device, 0) + piece.nbytes
                    continue
                storage = WeakStorage(tensors.storage_object(tensor))
                lot = _Lot(run, piece.device, piece.nbytes, one.name, storage)
                self._pieces[key] = lot
                self._made.setdefault((run, lot.device), _Made())
            elif lot.turn == self._turn:
                continue  # somebody before has it
            lot.turn, lot.nbytes, lot.holder = self._turn, piece.nbytes, one.name
            sums[lot.device, lot.made] += lot.nbytes
        for lot in self._of_held(run, one):
            sums[lot.device, lot.made] += lot.nbytes
        for device, nbytes in rest.items():
            lot = self._rests.get((one.holder, device))
            if lot is None:
                lot = self._passed_on(one, device, nbytes)
            if lot is None:
                lot = _Lot(run, device, nbytes, one.name)
                self._made.setdefault((run, device), _Made())
            lot.owner = one.owner
            self._rests[one.holder, device] = lot
            lot.turn, lot.nbytes, lot.holder = self._turn, nbytes, one.name
            sums[device, lot.made] += nbytes
        for (device, made), nbytes in sums.items():
            best = self._makers.get((one.holder, device))
            if best is None or sums[device, best] < nbytes:
                self._makers[one.holder, device] = made

    def _of_held(self, run: RunName, one: Seen) -> Iterator[_Lot]:
        """The lots of what is known without a tensor."""
        for key, held in one.held.items():
            lot = self._pieces.get(key)
            if lot is None:
                if len(self._pieces) >= _MOST_LOTS:
                    continue
                lot = _Lot(run, held.device, held.nbytes, one.name, held.reference)
                self._pieces[key] = lot
                self._made.setdefault((run, lot.device), _Made())
            lot.turn, lot.holder = self._turn, one.name
            yield lot

    def _passed_on(self, one: Seen, device: str, nbytes: int) -> _Lot | None:
        """The graph that another variable had, which is gone: this one has all of it now."""
        for place, lot in self._rests.items() if one.holder[0] == "graphs" else ():
            (kind, name), its_device = place
            if (kind, its_device, lot.nbytes) == ("graphs", device, nbytes) and (
                (kind, name) not in self._holders
            ):
                return self._rests.pop(place)
        return None

    def _outlived(self, seen: Iterable[Seen]) -> list[_Lot]:
        """Rests of objects that are gone, and whose names others have now."""
        gone: list[_Lot] = []
        for one in seen:
            now = None if one.owner is None else one.owner()
            places = [place for place in self._rests if place[0] == one.holder]
            for place in places if one.owner is not None else ():
                owner = self._rests[place].owner
                if owner is None or owner() is not now:
                    gone.append(self._rests.pop(place))
        return gone

    def _let_go(self) -> list[_Lot]:
        gone: list[_Lot] = []
        self._lost = []
        for lots in (self._pieces, self._rests):
            for key, lot in list(lots.items()):
                if lot.turn == self._turn:
                    continue
                if lot.is_gone():
                    gone.append(lot)
                    del lots[key]  # type: ignore[arg-type]
                else:
                    lot.holder = ""
                    self._lost.append(lot)
        return gone

    def _tell(self) -> list[MadeMemory]:
        alive: dict[tuple[RunName, str], Counter[str]] = {}
        for lots in (self._pieces, self._rests):
            for lot in lots.values():
                place = (lot.made, lot.device)
                if place not in alive:
                    alive[place] = Counter()
                alive[place][lot.holder] += lot.nbytes
        return [
            MadeMemory(
                run_id=run.run_id,
                execution_count=run.number,
                device=HOST if device == CPU else device,
                alive_bytes=sum(holders.values()),
                unreached_bytes=holders.get("", 0),
                names=[name for name, _nbytes in holders.most_common() if name][:_NAMES],
                freed=dict(made.freed),
            )
            for (run, device), made in self._made.items()
            for holders in [alive.get((run, device), Counter())]
        ]

"""Follows memory from the run that made it to the run that let it go.

A lot is a storage, the parameters, gradients or graphs of something, or an optimizer's state. Each
is known by a key that is nobody else's as long as it is there, and is held weakly.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..probes.graphs.weak_storage import WeakStorage
from ..probes.host_memory import HOST
from ..record import MadeMemory

CPU = "cpu"
"""PyTorch's name of the host."""

_MOST_LOTS = 4000
_MOST_RUNS = 100
"""Runs whose memory is told of."""
_NAMES = 3

Key = tuple[Any, ...]


class RunName(NamedTuple):
    """A run, as it is referred to."""

    run_id: str
    number: int | None
    """Its execution count."""


AN_ACTION = RunName("", None)
"""What lets memory go between two runs."""


class Seen(NamedTuple):
    """A lot that was found when a run had ended."""

    key: Key
    device: str
    nbytes: int
    holder: str
    """What has it, as the user would write it."""
    reference: WeakStorage | weakref.ref[Any] | None
    """``None``: it is there only as long as it is found."""


@dataclass(slots=True)
class _Lot:
    made: RunName
    nbytes: int
    holder: str
    reference: WeakStorage | weakref.ref[Any] | None

    def is_there(self, *, found: bool) -> bool:
        """Whether it still is; ``found``: it was met now."""
        if self.reference is None:
            return found
        if isinstance(self.reference, WeakStorage):
            return not self.reference.expired()
        return self.reference() is not None


@dataclass(slots=True)
class _Made:
    """What one run made on one device."""

    freed: dict[str, int] = field(default_factory=dict)


class Lots:
    """All lots of a kernel's session."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._lots: dict[tuple[Key, str], _Lot] = {}
        self._made: dict[tuple[RunName, str], _Made] = {}

    def knows(self, key: Key, device: str) -> bool:
        """Whether it was seen before and is still there."""
        return (key, device) in self._lots

    def look(self, run: RunName, seen: Iterable[Seen]) -> None:
        """A run has ended, and these are there."""
        found = {(one.key, one.device): one for one in seen}
        self._let_go(run, found)
        for place, one in found.items():
            lot = self._lots.get(place)
            if lot is not None:
                lot.nbytes, lot.holder = one.nbytes, one.holder
            elif len(self._lots) < _MOST_LOTS:
                self._lots[place] = _Lot(run, one.nbytes, one.holder, one.reference)
                self._made.setdefault((run, one.device), _Made())

    def maker(self, keys: Iterable[Key], device: str) -> RunName | None:
        """The run that made most of these."""
        sums: Counter[RunName] = Counter()
        for key in keys:
            lot = self._lots.get((key, device))
            if lot is not None:
                sums[lot.made] += lot.nbytes
        return max(sums, key=sums.__getitem__, default=None)

    def made(self) -> list[MadeMemory]:
        """What became of what the runs made, those from which nothing was seen left out."""
        alive: dict[tuple[RunName, str], Counter[str]] = {}
        for (_key, device), lot in self._lots.items():
            alive.setdefault((lot.made, device), Counter())[lot.holder] += lot.nbytes
        return [
            MadeMemory(
                run_id=run.run_id,
                execution_count=run.number,
                device=HOST if device == CPU else device,
                alive_bytes=sum(holders.values()),
                names=[name for name, _nbytes in holders.most_common(_NAMES) if name],
                freed=made.freed,
            )
            for (run, device), made in self._made.items()
            for holders in [alive.get((run, device), Counter())]
        ]

    def _let_go(self, run: RunName, found: Mapping[tuple[Key, str], Seen]) -> None:
        gone: list[tuple[Key, str]] = []
        for place, lot in self._lots.items():
            if not lot.is_there(found=place in found):
                gone.append(place)
            elif place not in found:
                lot.holder = ""
        for place in gone:
            lot = self._lots.pop(place)
            made = self._made.get((lot.made, place[1]))
            if made is not None:
                count = "" if run.number is None else str(run.number)
                made.freed[count] = made.freed.get(count, 0) + lot.nbytes
        while len(self._made) > _MOST_RUNS:
            del self._made[next(iter(self._made))]

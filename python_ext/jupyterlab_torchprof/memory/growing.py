"""What grows each time that a cell runs: a list that nobody empties, what an object keeps."""

from __future__ import annotations

from collections.abc import Container, Hashable, Mapping
from itertools import takewhile
from typing import Generic, NamedTuple, TypeVar

GROWTH_BYTES = 1 << 18
"""What grows by less is not worth a word."""
_RUNS = 3
"""So often must it have grown, one run of the cell after the other."""
_REMEMBERED = 10
_MOST_CELLS = 200

_Path = TypeVar("_Path", bound=Hashable)


class Grown(NamedTuple):
    """How something grew in the last runs of a cell."""

    cell_id: str
    least: int
    """The least of these growths."""
    runs: int


class Growing(Generic[_Path]):
    """Compares how much there is with how much there was before, by cell."""

    def __init__(self, least: int) -> None:
        """``least``: what grows by less has not grown."""
        self._least = least
        self._before: Mapping[_Path, int] = {}
        self._by_cell: dict[str, list[dict[_Path, int]]] = {}
        """Of each cell the growths of its last runs, the latest first."""
        self.latest: Mapping[_Path, int] = {}
        """What has grown in the latest run, and by how much."""

    def look(
        self,
        cell_id: str | None,
        held: Mapping[_Path, int],
        proved: Container[_Path] | None = None,
    ) -> None:
        """A run of a cell has ended. ``held`` is kept: do not change it.

        ``proved``: what may have grown, where a greater number alone does not prove it.
        """
        before, least = self._before.get, self._least
        grown = self.latest = {
            path: amount - before(path, 0)
            for path, amount in held.items()
            if amount - before(path, 0) >= least and (proved is None or path in proved)
        }
        if cell_id is not None:
            runs = self._by_cell.pop(cell_id, [])
            if grown:  # else nothing has grown in each of its last runs
                self._by_cell[cell_id] = [grown, *runs][:_REMEMBERED]
            if len(self._by_cell) > _MOST_CELLS:
                del self._by_cell[next(iter(self._by_cell))]
        self._before = held

    def paths(self) -> set[_Path]:
        """What may have grown often enough."""
        often = [runs[0] for runs in self._by_cell.values() if len(runs) >= _RUNS]
        return {path for grown in often for path in grown}

    def of(self, path: _Path) -> Grown | None:
        """How this grew in the last runs of the cell in which it has grown so most often."""
        best: Grown | None = None
        for cell_id, runs in self._by_cell.items():
            if len(runs) < _RUNS or path not in runs[0]:
                continue
            grown = [run[path] for run in takewhile(lambda run: path in run, runs)]
            if len(grown) >= _RUNS and (best is None or len(grown) > best.runs):
                best = Grown(cell_id, min(grown), len(grown))
        return best

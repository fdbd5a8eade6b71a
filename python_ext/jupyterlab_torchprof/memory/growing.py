"""What grows each time that a cell runs: a list that nobody empties, what an object keeps."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

from ..record import Growth

GROWTH_BYTES = 1 << 18
"""What grows by less is not worth a word."""
_RUNS = 3
"""So often must it have grown, one run of the cell after the other."""
_REMEMBERED = 10
_MOST_CELLS = 200

Path = tuple[str, str]
"""What holds memory, as the user would write it, and the device."""


class Growing:
    """Compares what is held with what was held before, by cell."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._before: dict[Path, int] = {}
        self._by_cell: dict[str, list[dict[Path, int]]] = {}
        """Of each cell the growths of its last runs, the latest first."""
        self._latest: str | None = None

    def look(self, cell_id: str | None, held: Mapping[Path, int]) -> None:
        """A run of a cell has ended."""
        self._latest = cell_id
        if cell_id is not None:
            grown = {
                path: nbytes - self._before.get(path, 0)
                for path, nbytes in held.items()
                if nbytes - self._before.get(path, 0) >= GROWTH_BYTES
            }
            runs = self._by_cell.pop(cell_id, [])
            if grown:  # else nothing has grown in each of its last runs
                self._by_cell[cell_id] = [grown, *runs][:_REMEMBERED]
            if len(self._by_cell) > _MOST_CELLS:
                del self._by_cell[next(iter(self._by_cell))]
        self._before = dict(held)

    def of(self, path: Path) -> Growth | None:
        """How this grew in the last runs of the cell in which it has grown so most often."""
        best: Growth | None = None
        for cell_id, runs in self._by_cell.items():
            grown = [run[path] for run in takewhile(lambda run: path in run, runs)]
            if len(grown) >= _RUNS and (best is None or len(grown) > best.runs):
                best = Growth(cell_id=cell_id, grown_bytes=min(grown), runs=len(grown))
        return best

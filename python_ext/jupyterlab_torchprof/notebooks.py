"""The cells of the notebooks on a kernel, run or not, as its front ends tell them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from .advice.text.notebook import NotebookCell
from .messages import CellText

CELLS = 2000
CHARACTERS = 1_000_000
"""Of one front end; what is more is not kept, and then not all cells are known."""


class Notebooks:
    """What each front end told last. Any thread may tell and ask."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        """``changed`` is called when other cells are known than before."""
        self._changed = changed
        self._told: dict[object, dict[str, str] | None] = {}
        self._cells: list[NotebookCell] | None = None
        self._lock = threading.Lock()

    def cells(self) -> list[NotebookCell] | None:
        """All cells; ``None`` where a front end has not told all of its own, or there is none.

        Don't change the list: it is made when something is told, not for each cell that runs.
        """
        return self._cells

    def connect(self, front_end: object) -> None:
        """A front end is there, which has not told anything yet."""
        with self._lock:
            self._told.setdefault(front_end, None)
            self._collect()

    def leave(self, front_end: object) -> None:
        """A front end has gone, and with it what it knew."""
        with self._lock:
            self._told.pop(front_end, None)
            self._collect()

    def tell(self, front_end: object, cells: Sequence[CellText] | None) -> None:
        """A front end tells its cells; those without a text are as they were."""
        with self._lock:
            before = self._told.get(front_end)
            now = None if cells is None else _merged(before or {}, cells)
            if now == before and front_end in self._told:
                return
            self._told[front_end] = now
            self._collect()
        self._changed()

    def _collect(self) -> None:
        told = list(self._told.values())
        cells = [
            NotebookCell(cell_id, source) for one in told for cell_id, source in (one or {}).items()
        ]
        self._cells = cells if told and None not in told else None


def _merged(before: dict[str, str], cells: Sequence[CellText]) -> dict[str, str] | None:
    """The texts by cell; ``None`` if one is missing, or there is too much to keep."""
    merged: dict[str, str] = {}
    for cell in cells:
        source = before.get(cell.cell_id) if cell.source is None else cell.source
        if source is None:
            return None
        merged[cell.cell_id] = source
    fits = len(merged) <= CELLS and sum(map(len, merged.values())) <= CHARACTERS
    return merged if fits else None

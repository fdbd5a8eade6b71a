"""A record among the runs of its session."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import CellRecord, PlacedModule, RetainedGraph
from ..text.first_uses import name_uses
from ..text.functions import only_defines
from ..text.program import cell_key
from .forwards import held_graphs, keepers, trained_until
from .functions.view import FunctionView
from .lifetime import Course, Fate, carriers, follow, retained_by_keeper
from .outlived import steps_on

_PRECEDENTS = 5
"""Other runs of the same cell that are looked at."""


def place_of(record: CellRecord, history: Sequence[CellRecord]) -> int:
    """Index of a run; the number of all if it is not among them. Quick for one of the last."""
    for back, run in enumerate(reversed(history), 1):
        if run is record:
            return len(history) - back
    return len(history)


def later_runs(record: CellRecord, history: Sequence[CellRecord]) -> Sequence[CellRecord]:
    """The runs after this one."""
    return history[place_of(record, history) + 1 :]


def cells_after(record: CellRecord, history: Sequence[CellRecord]) -> set[str]:
    """The keys of the other cells that have run since, but for those that only define something."""
    later = later_runs(record, history)
    return {cell_key(run) for run in later if not only_defines(run.source)} - {cell_key(record)}


class Runs:
    """The runs around one record, and what they did to the graphs that it left behind."""

    def __init__(self, record: CellRecord, history: Sequence[CellRecord]) -> None:
        """``history``: the session's runs in their order; ``record`` need not be among them yet."""
        self.record = record
        self._runs = list(history)
        self._index = place_of(record, self._runs)
        if self._index == len(self._runs):
            self._runs.append(record)
        self.previous = self._before(self._index)
        key = cell_key(record)
        same = [i for i, run in enumerate(self._runs) if cell_key(run) == key]
        self._others = [i for i in same if i != self._index][-_PRECEDENTS:]
        self._superseded = next((i for i in same if i > self._index), None)

    @property
    def all(self) -> Sequence[CellRecord]:
        """The session's runs, the record among them."""
        return self._runs

    def course(self, models: Sequence[PlacedModule] = ()) -> Course:
        """What later runs, until this cell ran again, did to the record's graphs.

        ``models``: all those whose forwards recorded them, if they are known.
        """
        return self._course(self._index, self._superseded, models)

    def is_used(self) -> bool:
        """Whether a later cell trained through the graphs of this or another run of the cell."""
        indices = (self._index, *self._others)
        return any(self._course(index).fate is Fate.USED for index in indices)

    def had_no_use(self) -> bool:
        """Whether nobody used the graph of an earlier run of the same text."""
        return any(
            index < self._index
            and self._runs[index].source_hash == self.record.source_hash
            and self._course(index).fate is Fate.UNUSED
            for index in self._others
        )

    def _before(self, index: int) -> CellRecord | None:
        run = self._runs[index]
        if isinstance(run, FunctionView):  # it stands behind the run that it is of
            index -= 1
        return self._runs[index - 1] if index > 0 else None

    def _course(
        self, index: int, until: int | None = None, models: Sequence[PlacedModule] = ()
    ) -> Course:
        run = self._runs[index]
        held = held_graphs(run, self._before(index), trained_until(run))
        if not held:
            return Course()

        def is_stepped(later: CellRecord) -> bool:
            return bool(models) and all(steps_on(later, model) for model in models)

        return follow(run, own_carriers(run, held), self._runs[index + 1 : until], is_stepped)


def own_carriers(record: CellRecord, held: Sequence[RetainedGraph]) -> set[str]:
    """What keeps graphs of this run, also those computed from the first."""
    uses = name_uses(record.source)
    after = trained_until(record) or 0
    holding = carriers(record)
    if holding is None:
        holding = set(retained_by_keeper(record))
    bound = {path for path in holding if uses.line_that_binds(path) > after} if uses else set()
    return set(keepers(held)) | bound

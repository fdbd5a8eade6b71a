"""Evidence that forwards recorded graphs which nobody uses.

The argument is in `jupyterlab_torchprof.advice.inference_memory.NoGradInference`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..record import CellRecord, MemoryEntry, RetainedGraph
from .forwards import (
    LineForwards,
    held_graphs,
    recording_lines,
    roots,
    statement_lines,
    trained_until,
)
from .lifetime import (
    Course,
    Fate,
    carriers,
    cell_key,
    follow,
    holds_scalar,
    retained_by_root,
)
from .memory import is_worth_saying, memory_entry, peaks_elsewhere
from .names import name_uses
from .silence import silence
from .words import code_list

_PATIENCE = 2
"""Other cells that may run before a result of an eval-mode model counts as a mere result."""
_PRECEDENTS = 5
"""Earlier runs of the same cell that are looked at."""


@dataclass(frozen=True, slots=True)
class Unused:
    """Forwards whose graphs nobody uses, and the proof."""

    record: CellRecord
    forwards: list[LineForwards]
    held: list[RetainedGraph]
    """What variables keep; empty if all graphs were freed unused."""
    device: str
    """As PyTorch names it."""
    saving_bytes: int
    """Of memory kept after the cell if `held`, else of the peak."""
    peak: MemoryEntry | None
    """The device's memory, if the saving is of the peak."""
    proof: str
    """One sentence: why nobody uses them."""


def find_unused(rule: str, record: CellRecord, history: Sequence[CellRecord]) -> Unused | None:
    """The evidence in ``record``, ``None`` if there is none; ``rule`` may be silenced in it."""
    after = trained_until(record)
    if record.status != "ok" or after is None or not recording_lines(record, after):
        return None
    uses = name_uses(record.source)
    if uses is None or (uses.trains and not after):
        return None
    lines = _eligible(rule, record, after)
    if not lines:
        return None
    session = _Session(record, history)
    held = held_graphs(record, session.previous, after)
    return (_held(session, lines, held) if held else None) or _freed(record, lines, held)


def _eligible(rule: str, record: CellRecord, after: int) -> list[LineForwards]:
    """The lines that may be wrapped as far as the cell itself can tell."""
    lines = recording_lines(record, after)
    ignored = silence(record.source, rule) if lines else None
    if ignored is None or ignored.everywhere:
        return []
    lines = [entry for entry in lines if entry.line not in ignored.lines]
    if any(graph.other_leaves for entry in lines for graph in entry.graphs):
        return []
    if after:
        # In the loop that trains, a later line may feed the next step: there only measured
        # graphs count. Statements below the loop run when all training is over.
        last = statement_lines(record.source, after)[1]
        lines = [entry for entry in lines if entry.line > last or entry.fates() == {"dropped"}]
    return [entry for entry in lines if "consumed" not in entry.fates()]


class _Session:
    """A record among the runs before and after it."""

    def __init__(self, record: CellRecord, history: Sequence[CellRecord]) -> None:
        self.record = record
        self._runs = list(history)
        if all(run is not record for run in self._runs):
            self._runs.append(record)
        self._index = next(i for i, run in enumerate(self._runs) if run is record)
        self.previous = self._before(self._index)
        key = cell_key(record)
        same = [i for i, run in enumerate(self._runs) if cell_key(run) == key]
        self._others = [i for i in same if i != self._index][-_PRECEDENTS:]
        self._superseded = next((i for i in same if i > self._index), None)

    def course(self) -> Course:
        """What later runs, until this cell ran again, did to the record's graphs."""
        return self._course(self._index, self._superseded)

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
        return self._runs[index - 1] if index else None

    def _course(self, index: int, until: int | None = None) -> Course:
        run = self._runs[index]
        held = held_graphs(run, self._before(index), trained_until(run))
        if not held:
            return Course()
        return follow(run, _own_carriers(run, held), self._runs[index + 1 : until])


def _held(session: _Session, lines: list[LineForwards], held: list[RetainedGraph]) -> Unused | None:
    """The case of graphs that variables keep."""
    record = session.record
    sources = [entry for entry in lines if not entry.all_dropped]
    if not sources or not _sees_all(record) or any(entry.other_leaves for entry in held):
        return None
    evaluating = not any(entry.training for entry in sources)
    # The unseen part of a graph may have other leaves; the measured forwards answer for it.
    answered = evaluating and all(entry.graphs for entry in sources)
    if any(entry.truncated for entry in held) and not answered:
        return None
    device, saving = _most(held)
    if not is_worth_saying(saving, memory_entry(record, device)):
        return None
    proof = _why_held_is_unused(session, sources, held, evaluating)
    return None if proof is None else Unused(record, lines, held, device, saving, None, proof)


def _why_held_is_unused(
    session: _Session, sources: list[LineForwards], held: list[RetainedGraph], evaluating: bool
) -> str | None:
    proof = _proof(session, sources, held, evaluating)
    return None if proof is None or session.is_used() else proof


def _proof(
    session: _Session, sources: list[LineForwards], held: list[RetainedGraph], evaluating: bool
) -> str | None:
    course = session.course()
    if course.fate is Fate.UNUSED:
        was = "was" if len(held) == 1 else "were"
        return f"{code_list(roots(held))} {was} rebound or deleted before any backward ran."
    discards = all("dropped" in entry.fates() for entry in sources)
    scalar = holds_scalar(session.record, _own_carriers(session.record, held))
    if not evaluating or (scalar and not discards):
        return None
    if all(entry.calls >= 2 for entry in sources):
        return "The model is in eval mode, and no backward followed its forwards."
    if session.had_no_use():
        return "The model is in eval mode, and nobody used the graph of the cell's earlier run."
    if len(course.bystanders) >= _PATIENCE:
        others = f"{len(course.bystanders)} other cells have run without a backward"
        return f"The model is in eval mode, and {others}."
    return None


def _freed(
    record: CellRecord, lines: list[LineForwards], held: list[RetainedGraph]
) -> Unused | None:
    """The case of graphs that were freed without a backward."""
    if held or not _sees_all(record):
        # Which line a variable's graph is from is not known: only lines are sure of which each
        # graph was measured.
        lines = [entry for entry in lines if entry.all_dropped]
    lines = [entry for entry in lines if entry.fates() == {"dropped"}]
    graphs = [graph for entry in lines for graph in entry.graphs]
    if not graphs:
        return None
    largest = max(graphs, key=lambda graph: graph.saved_bytes - 2 * graph.largest_bytes)
    memory = memory_entry(record, largest.device)
    if memory is None or peaks_elsewhere(record, memory, {entry.line for entry in lines}):
        return None
    rise = memory.peak_bytes - max(memory.allocated_before_bytes, memory.allocated_after_bytes)
    saving = min(largest.saved_bytes - 2 * largest.largest_bytes, rise)
    if not is_worth_saying(saving, memory):
        return None
    measured, calls = len(graphs), sum(entry.calls for entry in lines)
    which = "All their graphs" if measured >= calls else f"The first {measured} graphs"
    proof = f"{which} were freed without a backward having used them."
    return Unused(record, lines, [], largest.device, saving, memory, proof)


def _own_carriers(record: CellRecord, held: Sequence[RetainedGraph]) -> set[str]:
    """The variables that keep graphs of this run, also those computed from the first."""
    uses = name_uses(record.source)
    after = trained_until(record) or 0
    bound = {name for name, line in uses.bound.items() if line > after} if uses else set()
    holding = carriers(record)
    if holding is None:
        holding = set(retained_by_root(record))
    return set(roots(held)) | (bound & holding)


def _sees_all(record: CellRecord) -> bool:
    """No variable that may hold a graph was left out."""
    grad = record.grad
    if grad is None or record.placement is None or record.placement.truncated:
        return False
    return grad.retained_complete or any(entry.truncated for entry in grad.retained)


def _most(held: Sequence[RetainedGraph]) -> tuple[str, int]:
    """The device that holds most, and how much."""
    by_device: dict[str, int] = {}
    for entry in held:
        by_device[entry.device] = by_device.get(entry.device, 0) + entry.saved_bytes
    return max(by_device.items(), key=lambda item: item[1])

"""The forwards of a run, line by line, and the graphs that they left behind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ...derive import line_of
from ...record import CellRecord, ForwardGraph, Forwards, RetainedGraph
from ..text.code import read
from ..text.first_uses import name_uses
from ..text.names import keeper_of
from ..text.paths import is_part
from .lifetime import retained_by_keeper

_MEASURED = 9
"""So many forwards that record a graph are measured in a cell, up to three on each line."""


@dataclass(slots=True)
class LineForwards:
    """Root forwards that began on one line of the cell while gradients were recorded."""

    line: int
    calls: int = 0
    modules: list[str] = field(default_factory=list)
    """Class names. Modules without parameters and children are not among them."""
    training: bool = False
    """One of the modules was in training mode."""
    graphs: list[ForwardGraph] = field(default_factory=list)
    """Of the forwards that were measured."""

    def fates(self) -> set[str]:
        """What became of the graphs that were measured."""
        return {graph.fate for graph in self.graphs}

    @property
    def all_dropped(self) -> bool:
        """Every single forward was measured, and all graphs were freed unused."""
        return len(self.graphs) >= self.calls and self.fates() == {"dropped"}


def recording_lines(record: CellRecord, after: int = 0) -> list[LineForwards]:
    """Lines below ``after`` whose forwards recorded graphs, in order."""
    if record.grad is None:
        return []
    lines: dict[int, LineForwards] = {}
    for forwards in record.grad.forwards:
        line = line_of(record, forwards.place)
        if line is None or line <= after or not forwards.grad or forwards.inference:
            continue
        entry = lines.setdefault(line, LineForwards(line))
        entry.calls += forwards.calls
        entry.training = entry.training or forwards.training
        if forwards.module not in entry.modules:
            entry.modules.append(forwards.module)
    for graph in record.grad.forward_graphs:
        line = line_of(record, graph.place)
        if line in lines:
            lines[line].graphs.append(graph)
    if len(record.grad.forward_graphs) < _MEASURED:
        # All that recorded a graph were measured; the others have frozen parameters.
        lines = {line: entry for line, entry in lines.items() if entry.graphs}
    return [entry for _line, entry in sorted(lines.items())]


def is_inference(entry: Forwards) -> bool:
    """Whether a model in evaluation mode ran without recording a graph."""
    return not entry.training and (not entry.grad or entry.inference)


def trained_until(record: CellRecord) -> int | None:
    """Line of the last backward or optimizer step; 0 without any, ``None`` if it is not known."""
    grad = record.grad
    if grad is None or not (grad.backwards or grad.optimizer_steps):
        return 0
    last = (grad.last_backward_place, grad.last_step_place)
    return max(line_of(record, place) or 0 for place in last) or None


def held_graphs(
    record: CellRecord,
    previous: CellRecord | None,
    after: int | None = 0,
    others: Collection[str] = (),
) -> list[RetainedGraph]:
    """Graphs with saved tensors that are kept because of this run, largest first.

    With ``after``: only by variables that are bound below that line, and by ``others``.
    """
    uses = name_uses(record.source)
    if uses is None or after is None:
        return []
    known = retained_by_keeper(previous) if previous is not None else {}
    held: list[RetainedGraph] = []
    for keeper, entry in retained_by_keeper(record).items():
        before = known.get(keeper)
        new = before is None or before.saved_bytes != entry.saved_bytes
        # A method has its own object, whatever variable that is.
        within = f"self.{keeper.rpartition('.')[2]}" if "." in keeper else keeper
        bound = uses.line_that_binds(keeper) or uses.line_that_binds(within)
        if not entry.saved_bytes or not (bound or new):
            continue
        is_other = any(is_part(keeper, other) for other in others)
        if bound > after or (not bound and not after) or is_other:
            held.append(entry)
    return sorted(held, key=lambda entry: -entry.saved_bytes)


def fates_on(record: CellRecord, line: int | None) -> set[str]:
    """What became of the graphs that the forwards of a line recorded, as far as measured."""
    graphs = [] if record.grad is None else record.grad.forward_graphs
    return {graph.fate for graph in graphs if line_of(record, graph.place) == line}


def keepers(entries: Sequence[RetainedGraph]) -> list[str]:
    """What keeps them, as the user would write it."""
    return [keeper_of(entry.variable) for entry in entries]


def statement_lines(source: str, line: int) -> tuple[int, int]:
    """First and last line of the statement at top level that holds a line."""
    code = read(source)
    for statement in code.tree.body if code is not None else ():
        last = statement.end_lineno or statement.lineno
        if statement.lineno <= line <= last:
            return statement.lineno, last
    return line, line

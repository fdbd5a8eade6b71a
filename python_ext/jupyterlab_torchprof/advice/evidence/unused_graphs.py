"""Evidence that forwards recorded graphs which nobody uses.

Graphs decide, not cells: what counts is what became of the graphs that the forwards of a line
recorded. In a cell that trains, lines are looked at that stand below its last backward and its last
optimizer step, and those whose graphs have outlived a step of their model (`outlived`).

Where every measured graph of a line was *freed* without a backward, and no variable keeps one,
nobody can use it any more: that is known at once, in training mode as well. The saving is one at
the peak: the largest graph less twice its largest storage, which never promised too much (without a
graph the forward still needs the input and the output of its largest operation at the same time),
and never more than what the peak rose above what was there before and after.

Of graphs that variables *keep*, `kept_graphs` tells. The saving is what the variables keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...fixes.certain import conditional_calls
from ...record import CellRecord, ForwardGraph, MemoryEntry, RetainedGraph
from ..text.first_uses import name_uses
from ..text.names import TRAINING_CALLS
from ..text.silence import silence
from .feeding import bound_on, is_kept_for_training, may_feed_training
from .forwards import LineForwards, held_graphs, recording_lines, statement_lines, trained_until
from .functions.reached import function_views, trained_lines
from .functions.view import FunctionView
from .held import total_of
from .kept_graphs import why_unused
from .measuring import measured_lines
from .memory import is_worth_saying, memory_entry, peaks_elsewhere
from .outlived import has_outlived
from .runs import Runs


@dataclass(frozen=True, slots=True)
class Unused:
    """Forwards whose graphs nobody uses, and the proof."""

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
    unless_named: bool = False
    """It holds only as long as no text to come names the variables."""
    looked_at: frozenset[str] = frozenset()
    """It holds only if cells read these variables, and none asks for a graph of them."""

    @property
    def lines(self) -> list[int]:
        """Of the forwards, from one."""
        return [entry.line for entry in self.forwards]


def find_unused(rule: str, record: CellRecord, history: Sequence[CellRecord]) -> Unused | None:
    """The evidence in ``record``, ``None`` if there is none; ``rule`` may be silenced in it."""
    after = trained_until(record)
    if record.status != "ok" or after is None:
        return None
    recording = recording_lines(record)
    uses = name_uses(record.source) if recording else None
    if uses is None or (uses.trains and not after and _may_train(record.source)):
        return None
    lines = _untrained(record, history, recording, after) if after else recording
    lines = _eligible(rule, record, lines)
    if _is_part_of_training(record, after):
        lines = [entry for entry in lines if not may_feed_training(record, history, entry.line)]
    if lines:
        others = {*trained_lines(record, history), *measured_lines(record, history)}
        lines = [entry for entry in lines if entry.line not in others]
    if not lines or (not after and _may_train_below(record, history)):
        return None
    runs = Runs(record, history)
    held = held_graphs(
        record, runs.previous, after, bound_on(record.source, [entry.line for entry in lines])
    )
    return (_held(runs, lines, held) if held else None) or _freed(record, lines, held)


def _untrained(
    record: CellRecord, history: Sequence[CellRecord], lines: Sequence[LineForwards], after: int
) -> list[LineForwards]:
    """Lines of a cell that trains whose forwards are no part of that; ``after``: its last line.

    Statements below the loop that trains run when all training is over. In the loop a later line
    may feed the next step: there only measured graphs count, and those that are older than a step
    of their model. A line above the step may do so in a branch that was not taken yet.
    """
    last = statement_lines(record.source, after)[1]
    return [
        entry
        for entry in lines
        if (entry.line > last and not _is_kept_by_a_method(record, history, entry))
        or (entry.line > after and entry.fates() == {"dropped"})
        or (
            has_outlived(record, history, entry)
            and (entry.line > after or not may_feed_training(record, history, entry.line))
        )
    ]


def _is_kept_by_a_method(
    record: CellRecord, history: Sequence[CellRecord], entry: LineForwards
) -> bool:
    in_function = isinstance(record, FunctionView)
    return in_function and is_kept_for_training(record, history, entry.line)


def _is_part_of_training(record: CellRecord, after: int) -> bool:
    """Whether a function that trains nothing itself ran in a run that trains."""
    return (
        not after
        and isinstance(record, FunctionView)
        and record.run.grad is not None
        and record.run.grad.backwards > 0
    )


def _may_train(source: str) -> bool:
    """Whether the cell has a backward that did not run this time.

    Of calls that must have run the record knows better than their names: it counted none.
    """
    return any(name in TRAINING_CALLS for _line, name in conditional_calls(source))


def _may_train_below(record: CellRecord, history: Sequence[CellRecord]) -> bool:
    """Whether a function that a cell went through has a backward that did not run this time."""
    if isinstance(record, FunctionView):
        return False
    return any(_may_train(view.source) for view in function_views(record, history))


def _eligible(rule: str, record: CellRecord, lines: list[LineForwards]) -> list[LineForwards]:
    """The lines that may be wrapped as far as the cell itself can tell."""
    ignored = silence(record.source, rule)
    if ignored.everywhere:
        return []
    lines = [entry for entry in lines if entry.line not in ignored.lines]
    if any(graph.other_leaves for entry in lines for graph in entry.graphs):
        return []
    return [entry for entry in lines if "consumed" not in entry.fates()]


def _held(runs: Runs, lines: list[LineForwards], held: list[RetainedGraph]) -> Unused | None:
    """The case of graphs that variables keep."""
    record = runs.record
    sources = [entry for entry in lines if not entry.all_dropped]
    if not sources or not _sees_all(record) or any(entry.other_leaves for entry in held):
        return None
    by_device = total_of({entry.device: entry.saved_bytes} for entry in held)
    device = max(by_device, key=lambda name: by_device[name])
    if not is_worth_saying(by_device[device], memory_entry(record, device)):
        return None
    proof = why_unused(runs, sources, held)
    if proof is None or runs.is_used():
        return None
    told = (proof.sentence, proof.unless_named, proof.looked_at)
    return Unused(lines, held, device, by_device[device], None, *told)


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
    largest = max(graphs, key=_needless_bytes)
    memory = memory_entry(record, largest.device)
    if memory is None or peaks_elsewhere(record, memory, {entry.line for entry in lines}):
        return None
    rise = memory.peak_bytes - max(memory.allocated_before_bytes, memory.allocated_after_bytes)
    saving = min(_needless_bytes(largest), rise)
    if not is_worth_saying(saving, memory) or _is_outgrown(record, largest):
        return None
    measured, calls = len(graphs), sum(entry.calls for entry in lines)
    which = "All their graphs" if measured >= calls else f"The first {measured} graphs"
    proof = f"{which} were freed without a backward having used them."
    return Unused(lines, [], largest.device, saving, memory, proof)


def _needless_bytes(graph: ForwardGraph) -> int:
    return graph.saved_bytes - 2 * graph.largest_bytes


def _is_outgrown(record: CellRecord, largest: ForwardGraph) -> bool:
    """Whether a function's run recorded a larger graph elsewhere, which the peak is rather of."""
    if not isinstance(record, FunctionView) or record.run.grad is None:
        return False
    return any(graph.saved_bytes > largest.saved_bytes for graph in record.run.grad.forward_graphs)


def _sees_all(record: CellRecord) -> bool:
    """No variable that may hold a graph was left out."""
    grad = record.grad
    if grad is None or record.placement is None or record.placement.truncated:
        return False
    return grad.retained_complete or any(entry.truncated for entry in grad.retained)

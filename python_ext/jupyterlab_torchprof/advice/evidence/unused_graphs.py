"""Evidence that forwards recorded graphs which nobody uses.

The argument is in `jupyterlab_torchprof.advice.inference.no_grad.NoGradInference`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...fixes.certain import conditional_calls
from ...record import CellRecord, ForwardGraph, MemoryEntry, RetainedGraph
from ...words import code_list
from ..text.names import TRAINING_CALLS, name_uses
from ..text.silence import silence
from .forwards import (
    LineForwards,
    held_graphs,
    recording_lines,
    roots,
    statement_lines,
    trained_until,
)
from .functions.reached import trained_lines
from .functions.view import FunctionView
from .lifetime import Fate, holds_scalar
from .measuring import measured_lines
from .memory import is_worth_saying, memory_entry, peaks_elsewhere
from .runs import Runs, own_carriers

_PATIENCE = 2
"""Other cells that may run before a result of an eval-mode model counts as a mere result."""


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
    if uses is None or (uses.trains and not after and _may_train(record.source)):
        return None
    lines = _eligible(rule, record, after)
    if lines:
        trained = trained_lines(record, history)
        lines = [entry for entry in lines if entry.line not in trained]
        measured = measured_lines(record, history)
        lines = [entry for entry in lines if entry.line not in measured]
    if not lines:
        return None
    runs = Runs(record, history)
    held = held_graphs(record, runs.previous, after)
    return (_held(runs, lines, held) if held else None) or _freed(record, lines, held)


def _may_train(source: str) -> bool:
    """Whether the cell has a backward that did not run this time.

    Of calls that must have run the record knows better than their names: it counted none.
    """
    return any(name in TRAINING_CALLS for _line, name in conditional_calls(source))


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


def _held(runs: Runs, lines: list[LineForwards], held: list[RetainedGraph]) -> Unused | None:
    """The case of graphs that variables keep."""
    record = runs.record
    sources = [entry for entry in lines if not entry.all_dropped]
    if not sources or not _sees_all(record) or any(entry.other_leaves for entry in held):
        return None
    evaluating = not any(entry.training for entry in sources)
    # The unseen part of a graph may have other leaves; the measured forwards answer for it.
    evaluates = evaluating or _is_for_evaluation(record, sources)
    answered = evaluates and all(entry.graphs for entry in sources)
    if any(entry.truncated for entry in held) and not answered:
        return None
    device, saving = _most(held)
    if not is_worth_saying(saving, memory_entry(record, device)):
        return None
    proof = _why_held_is_unused(runs, sources, held, evaluating=evaluating)
    return None if proof is None else Unused(record, lines, held, device, saving, None, proof)


def _why_held_is_unused(
    runs: Runs, sources: list[LineForwards], held: list[RetainedGraph], *, evaluating: bool
) -> str | None:
    proof = _proof(runs, sources, held, evaluating)
    return None if proof is None or runs.is_used() else proof


def _proof(
    runs: Runs, sources: list[LineForwards], held: list[RetainedGraph], evaluating: bool
) -> str | None:
    course = runs.course()
    if course.fate is Fate.UNUSED:
        was = "was" if len(held) == 1 else "were"
        return f"{code_list(roots(held))} {was} rebound or deleted before any backward ran."
    if not evaluating and _is_for_evaluation(runs.record, sources):
        return "The graphs of earlier calls were freed unused, and training uses other lines."
    discards = all("dropped" in entry.fates() for entry in sources)
    scalar = holds_scalar(runs.record, own_carriers(runs.record, held))
    if not evaluating or (scalar and not discards):
        return None
    if all(entry.calls >= 2 for entry in sources):
        return "The model is in eval mode, and no backward followed its forwards."
    if runs.had_no_use():
        return "The model is in eval mode, and nobody used the graph of the cell's earlier run."
    if len(course.bystanders) >= _PATIENCE:
        others = f"{len(course.bystanders)} other cells have run without a backward"
        return f"The model is in eval mode, and {others}."
    return None


def _is_for_evaluation(record: CellRecord, sources: list[LineForwards]) -> bool:
    """Whether lines of a function drop what they record, and the run trains the models elsewhere.

    Then a result that is still there is the last of many, and not one that waits for a backward.
    """
    if not isinstance(record, FunctionView) or record.run.grad is None:
        return False
    trained = {each.module for each in record.run.grad.forward_graphs if each.fate == "consumed"}
    return all(
        entry.fates() == {"dropped"} and trained.issuperset(entry.modules) for entry in sources
    )


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
    if isinstance(record, FunctionView) and _is_outgrown(record, largest):
        return None
    measured, calls = len(graphs), sum(entry.calls for entry in lines)
    which = "All their graphs" if measured >= calls else f"The first {measured} graphs"
    proof = f"{which} were freed without a backward having used them."
    return Unused(record, lines, [], largest.device, saving, memory, proof)


def _is_outgrown(view: FunctionView, largest: ForwardGraph) -> bool:
    """Whether the run recorded a larger graph elsewhere, which the peak is rather of."""
    graphs = view.run.grad.forward_graphs if view.run.grad is not None else []
    return any(graph.saved_bytes > largest.saved_bytes for graph in graphs)


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

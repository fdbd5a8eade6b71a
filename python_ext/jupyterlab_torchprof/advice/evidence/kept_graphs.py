"""Why nobody uses graphs that variables keep after a run.

A backward in a later cell could still use such a graph, so eval mode alone is no proof. It is known
at once only if each line ran at least two forwards in eval mode (a pass over data, not a step that
is tried out) and no scalar is among the results, unless graphs of the same line were seen freed
unused. Otherwise it takes until the variable and all that was computed from it is rebound or
deleted, or, in eval mode, until two other cells have run, without a backward in between. When the
same cell runs again, what became of its last run counts for an eval-mode model.

A later cell that trains through the graph (a backward in a cell that mentions the variable, or that
frees its graph) refutes this, for all runs of the cell. A training cell that leaves the graph
untouched refutes nothing: its record still finds the graph whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...record import CellRecord, RetainedGraph
from ...words import code_list
from .forwards import LineForwards, roots
from .functions.view import FunctionView
from .lifetime import Fate, holds_scalar
from .runs import Runs, own_carriers

_PATIENCE = 2
"""Other cells that may run before a result of an eval-mode model counts as a mere result."""


def why_unused(
    runs: Runs, sources: Sequence[LineForwards], held: Sequence[RetainedGraph]
) -> str | None:
    """One sentence, or ``None`` if somebody may use them; ``sources``: lines that recorded them."""
    evaluating = not any(entry.training for entry in sources)
    elsewhere = _is_trained_elsewhere(runs.record, sources)
    answered = (evaluating or elsewhere) and all(entry.graphs for entry in sources)
    # The unseen part of a graph may have other leaves; the measured forwards answer for it.
    if any(entry.truncated for entry in held) and not answered:
        return None
    course = runs.course()
    if course.fate is Fate.UNUSED:
        was = "was" if len(held) == 1 else "were"
        return f"{code_list(roots(held))} {was} rebound or deleted before any backward ran."
    if not evaluating and elsewhere:
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


def _is_trained_elsewhere(record: CellRecord, sources: Sequence[LineForwards]) -> bool:
    """Whether lines of a function drop what they record, and the run trains the models elsewhere.

    Then a result that is still there is the last of many, and not one that waits for a backward.
    """
    if not isinstance(record, FunctionView) or record.run.grad is None:
        return False
    trained = {each.module for each in record.run.grad.forward_graphs if each.fate == "consumed"}
    return all(
        entry.fates() == {"dropped"} and trained.issuperset(entry.modules) for entry in sources
    )

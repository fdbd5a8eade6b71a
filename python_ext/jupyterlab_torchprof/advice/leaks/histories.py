"""Histories of losses that keep the graphs of all steps."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import CellRecord, Collected
from ...words import count_of
from ..grammar import Case, Finding, Rule
from ..text.filling import Filling
from ..text.notebook import Later, Outlook
from .detaching import detach_gathered
from .spent_graphs import SpentSite, by_facts, by_text, uses_of

_FLOOR_NODES = 500
"""About a megabyte, with what Python keeps for a node."""
_MANY_NODES = 20_000
_USED = "The run saw that a backward has been through these graphs."
_SEVERAL = 1.5
"""Tensors for each backward and value, from which on a value has several in it."""


class LossHistoryGraph(Rule):
    """Losses are appended to a list or summed up with their graphs, so that the graph of every
    step of the training stays in memory.

    Evidence: A variable whose tensors keep 500 or more graph nodes, filled in a loop that
    has already run the backward of what it gathers, or in a function of which the run saw that a
    backward has been through what it gathers.

    Fix: Gathers `loss.detach()` instead of `loss`; the values are the same. Of a tuple or a
    dictionary, those parts that have such a graph.

    Silent: Sums whose backward comes later; `retain_graph` and `create_graph`; short histories.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory

    Notes: A backward frees what a graph has saved, but its nodes live as long as the loss, and no
    other backward can go through them: the history is all that they are kept for. Graphs with
    saved tensors are the matter of no-grad-inference. The loop, the backward and the statement
    that gathers may stand in functions, and the variable may be an attribute: `meter.update(loss)`
    with `self.total += value` gathers `loss` in `meter.total`. Where more tensors were gathered
    than backwards ran, a value is no tensor, and nothing is said.

    No number of bytes is promised: what a node takes is not measured. The fix is safe where all
    cells are known and none asks for the graphs again: some take another backward, since their
    nodes have saved nothing.
    """

    id = "loss-history-graph"
    severity = "high"
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """The collection with most nodes that a loop fills behind a backward."""
        entries = [
            entry
            for entry in case.record.collected
            if entry.with_graph
            and entry.new_tensors
            and (entry.graph_nodes >= _FLOOR_NODES or entry.truncated)
        ]
        if not entries or not case.grad.backwards or case.grad.retaining_backwards:
            return None
        for entry in sorted(entries, key=lambda entry: -entry.graph_nodes):
            filling = Filling(case.program, entry.variable, case.record.files)
            sites, proof = by_text(filling), None
            if not sites:
                sites, proof = by_facts(case, entry, filling), _USED
            if sites and _are_tensors(entry, case.grad.backwards, sites):
                return _finding(case, entry, sites, proof)
        return None


def _are_tensors(entry: Collected, backwards: int, sites: Sequence[SpentSite]) -> bool:
    """Whether each value is one tensor, and not a tuple of several that has no ``detach``."""
    values = backwards * sum(len(site.spent) for site in sites)
    return min(entry.with_graph, entry.new_tensors) < _SEVERAL * values


def _finding(
    case: Case, entry: Collected, sites: Sequence[SpentSite], proof: str | None
) -> Finding:
    gather, spent, history = sites[0].gather, sites[0].spent[0].path, entry.variable
    nodes = f"{'at least ' if entry.truncated else ''}{count_of(entry.graph_nodes, 'node')}"
    block = "function" if gather.loop is gather.function else "loop"
    unit = "step" if all(len(site.spent) == 1 for site in sites) else "value"
    return Finding(
        title=f"`{history}` keeps the graphs of {count_of(entry.with_graph, unit)} of training.",
        explanation=(
            f"Each `{spent}` that goes into `{history}` keeps its graph, {nodes} in all, and "
            "memory grows with every step. Their backward has run, so no other can use them: "
            f"`{spent}.detach()` has the same value and no graph."
        ),
        evidence=[
            f"{count_of(entry.with_graph, 'tensor')} in `{history}` still "
            f"{'has' if entry.with_graph == 1 else 'have'} a graph: {nodes}.",
            proof
            or f"The {block} that gathers `{spent}` on line {gather.line} has run its backward.",
        ],
        remedy=detach_gathered(
            case, sites[0].code, [place for site in sites for place in site.places], ".detach()"
        ),
        severity="high" if entry.truncated or entry.graph_nodes >= _MANY_NODES else "medium",
        outlook=lambda later: _outlook(case.record, history, sites, later),
    )


def _outlook(record: CellRecord, name: str, sites: Sequence[SpentSite], later: Later) -> Outlook:
    """Whether no cell asks for the graphs."""
    if "." in name:
        return Outlook.UNSAFE  # who else has the object cannot be followed
    texts = [record.source, *later.texts(record)]
    uses = uses_of(record, name, sites, texts, later.imports)
    return Outlook.UNSAFE if uses.elsewhere else Outlook.SAFE

"""Histories of losses that keep the graphs of all steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...record import CellRecord, Collected
from ...words import count_of
from ..evidence.feeding import bound_on
from ..evidence.functions.reached import function_views
from ..grammar import Case, Finding, Rule
from ..text.code import Place, read
from ..text.filling import Filling
from ..text.functions import Functions
from ..text.gathering import Gathered, names_of_functions, of_one_cell
from ..text.names import root_of
from ..text.notebook import Later, Outlook
from ..text.paths import path_of
from ..text.spent import Spent, spent_parts
from ..text.uses.graphs import graph_uses
from .detaching import detach_gathered

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
            sites, proof = _by_text(filling), None
            if not sites:
                sites, proof = _by_facts(case, entry, filling), _USED
            if sites and _are_tensors(entry, case.grad.backwards, sites):
                return _finding(case, entry, sites, proof)
        return None


@dataclass(frozen=True, slots=True)
class _Site(Gathered):
    """A statement that gathers values whose backward has run."""

    spent: list[Spent]

    @property
    def places(self) -> list[Place]:
        """Of the values, or of those parts of a tuple or dictionary."""
        code = read(self.code.source)
        return [] if code is None else [code.place(each.node) for each in self.spent]


def _by_facts(case: Case, entry: Collected, filling: Filling) -> list[_Site]:
    """Where all is gathered of which the run saw that a backward has been through the graphs.

    Who runs that backward, as a library does for its callbacks, need not be known; that each value
    is a tensor must be.
    """
    if entry.direct < entry.tensors:
        return []
    found: list[_Site] = []
    are_freed = _are_freed(case, entry) or _is_all_used(case, entry)
    for site in filling.sites() or filling.by_libraries():
        path = path_of(site.gather.value)
        if path is None or not (are_freed or _is_trained_with(case, site, path)):
            return []
        found.append(_Site(site.code, site.gather, [Spent(site.gather.value, path)]))
    return of_one_cell(found)


def _are_freed(case: Case, entry: Collected) -> bool:
    """Whether all graphs of a variable were looked at, and have saved nothing any more."""
    kept = {root_of(graph.variable) for graph in case.grad.retained}
    is_known = case.grad.retained_complete and not entry.truncated
    return is_known and root_of(entry.variable) not in kept


def _is_all_used(case: Case, entry: Collected) -> bool:
    """Whether there was a backward for each of these losses, and no measured graph is left whole.

    A walk over long graphs may have been cut before it came to those of the variable.
    """
    fates = {graph.fate for graph in case.grad.forward_graphs}
    are_losses = entry.scalars == entry.tensors and entry.kind == "list"
    return fates == {"consumed"} and are_losses and case.grad.backwards >= entry.new_tensors


def _is_trained_with(case: Case, site: Gathered, path: str) -> bool:
    """Whether a line that binds the value recorded graphs of which a backward has used all seen."""
    function = site.gather.function
    for view in function_views(case.record, case.history) if function is not None else ():
        if function is None or view.name != function.name or view.code is not site.code:
            continue
        graphs = [] if view.grad is None else view.grad.forward_graphs
        used = {graph.line for graph in graphs if graph.fate == "consumed"}
        used -= {graph.line for graph in graphs if graph.fate != "consumed"}
        if path in bound_on(view.source, [line for line in used if line is not None]):
            return True
    return False


def _by_text(filling: Filling) -> list[_Site]:
    """Where values are gathered, all in one cell, in a loop that has run their backward."""
    sites = _spent(filling.sites(), filling.functions)
    return of_one_cell(sites or _spent(filling.arguments(), filling.functions))


def _spent(sites: Sequence[Gathered], functions: Functions) -> list[_Site]:
    found = [
        _Site(site.code, site.gather, spent_parts(site.gather.value, site.gather.loop, functions))
        for site in sites
    ]
    return [site for site in found if site.spent]


def _are_tensors(entry: Collected, backwards: int, sites: Sequence[_Site]) -> bool:
    """Whether each value is one tensor, and not a tuple of several that has no ``detach``."""
    values = backwards * sum(len(site.spent) for site in sites)
    return min(entry.with_graph, entry.new_tensors) < _SEVERAL * values


def _finding(case: Case, entry: Collected, sites: Sequence[_Site], proof: str | None) -> Finding:
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


def _outlook(record: CellRecord, name: str, sites: Sequence[_Site], later: Later) -> Outlook:
    """Whether no cell asks for the graphs."""
    if "." in name:
        return Outlook.UNSAFE  # who else has the object cannot be followed
    uses = graph_uses(
        [record.source, *later.texts(record)],
        [root_of(name)],
        own=record.source,
        functions=names_of_functions(sites),
        imports=later.imports,
    )
    return Outlook.UNSAFE if uses.elsewhere else Outlook.SAFE

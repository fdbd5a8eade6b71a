"""Where values are gathered whose graphs a backward has used, as the text or the run tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...derive import line_of
from ...record import CellRecord, Collected
from ..evidence.feeding import bound_on
from ..evidence.functions.reached import function_views
from ..grammar import Case
from ..text.code import Place, read
from ..text.filling import Filling
from ..text.functions import Functions
from ..text.gathering import Gathered, names_of_functions, of_one_cell
from ..text.names import keeper_of, root_of
from ..text.paths import path_of
from ..text.spent import Spent, spent_parts
from ..text.uses.attributes import trained_with
from ..text.uses.flow import Uses
from ..text.uses.graphs import graph_uses


@dataclass(frozen=True, slots=True)
class SpentSite(Gathered):
    """A statement that gathers values whose backward has run."""

    spent: list[Spent]

    @property
    def places(self) -> list[Place]:
        """Of the values, or of those parts of a tuple or dictionary."""
        code = read(self.code.source)
        return [] if code is None else [code.place(each.node) for each in self.spent]


def by_facts(case: Case, entry: Collected, filling: Filling) -> list[SpentSite]:
    """Where all is gathered of which the run saw that a backward has been through the graphs.

    Who runs that backward, as a library does for its callbacks, need not be known; that each value
    is a tensor must be.
    """
    if entry.direct < entry.tensors:
        return []
    found: list[SpentSite] = []
    are_freed = _are_freed(case, entry) or _is_all_used(case, entry)
    for site in filling.sites or filling.by_libraries():
        path = path_of(site.gather.value)
        if path is None or not (are_freed or _is_trained_with(case, site, path)):
            return []
        found.append(SpentSite(site.code, site.gather, [Spent(site.gather.value, path)]))
    return [] if _may_train_with(case, entry.variable, found) else of_one_cell(found)


def _may_train_with(case: Case, name: str, sites: Sequence[SpentSite]) -> bool:
    """Whether a text may run the backward on what the variable holds: ``losses[-1].backward()``."""
    program = case.program
    texts = [cell.source for cell in program.cells]
    _owner, dot, attribute = name.rpartition(".")
    if dot:
        return trained_with({attribute}, [*texts, *(file.source for file in case.record.files)])
    return bool(uses_of(case.record, name, sites, texts, program.imports).elsewhere)


def _are_freed(case: Case, entry: Collected) -> bool:
    """Whether all graphs of a variable were looked at, and have saved nothing any more."""
    kept = {keeper_of(graph.variable) for graph in case.grad.retained}
    is_known = case.grad.retained_complete and not entry.truncated
    return is_known and keeper_of(entry.variable) not in kept


def _is_all_used(case: Case, entry: Collected) -> bool:
    """Whether there was a backward for each of these losses, and no measured graph is left whole.

    A walk over long graphs may have been cut before it came to those of the variable.
    """
    fates = {graph.fate for graph in case.grad.forward_graphs}
    are_losses = entry.scalars == entry.tensors and entry.kind != "sum"
    return fates == {"consumed"} and are_losses and case.grad.backwards >= entry.new_tensors


def _is_trained_with(case: Case, site: Gathered, path: str) -> bool:
    """Whether a line that binds the value recorded graphs of which a backward has used all seen."""
    function = site.gather.function
    for view in function_views(case.record, case.history) if function is not None else ():
        if function is None or view.name != function.name or view.code is not site.code:
            continue
        graphs = [] if view.grad is None else view.grad.forward_graphs
        used = {line_of(view, graph.place) for graph in graphs if graph.fate == "consumed"}
        used -= {line_of(view, graph.place) for graph in graphs if graph.fate != "consumed"}
        if path in bound_on(view.source, [line for line in used if line is not None]):
            return True
    return False


def by_text(filling: Filling) -> list[SpentSite]:
    """Where values are gathered, all in one cell, in a loop that has run their backward."""
    sites = _spent(filling.sites, filling.functions)
    return of_one_cell(sites or _spent(filling.arguments(), filling.functions))


def _spent(sites: Sequence[Gathered], functions: Functions) -> list[SpentSite]:
    found = [
        SpentSite(
            site.code, site.gather, spent_parts(site.gather.value, site.gather.loop, functions)
        )
        for site in sites
    ]
    return [site for site in found if site.spent]


def uses_of(
    record: CellRecord,
    name: str,
    sites: Sequence[SpentSite],
    texts: Sequence[str],
    imports: Mapping[str, str],
) -> Uses:
    """What texts do with a variable that gathers, and with what the functions return."""
    return graph_uses(
        texts,
        [root_of(name)],
        own=record.source,
        functions=names_of_functions(sites),
        imports=imports,
    )

"""Graphs that a backward keeps although no other backward wants them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ... import fixes
from ...record import CellRecord
from ...units import format_bytes
from ...words import count_of
from ..evidence.lifetime import carriers
from ..evidence.memory import is_worth_saying, memory_entry
from ..grammar import Case, Finding, Rule
from ..text.code import Call
from ..text.functions import definitions_in
from ..text.notebook import Later, Outlook
from ..text.program import Site
from ..text.sites import sites_of_run
from ..text.uses.graphs import graph_uses, modules_of
from ..text.uses.other_names import other_names
from ..text.uses.to_come import outlook_for_graphs

_LEAST = 2


class RetainGraph(Rule):
    """`backward(retain_graph=True)` keeps what the graph has saved, but no second backward goes
    through it: the graph lives on while the next forward makes its own.

    Evidence: At least two retaining backwards in the run, none of whose graphs a later backward
    went through, and a loss whose graph saved at least 1 MB or 1 % of the device.

    Fix: Drops `retain_graph=True`, also in a function of another cell.

    Silent: When a later backward uses the graph, `create_graph=True` is given, the backwards could
    not be followed, or only one retained.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html

    Notes: A single one may be meant for the next cell. The graph is measured when the backward
    begins, from the loss down to the parameters; what the graph before has saved, too, as data that
    stays the same, does not count. Nothing is predicted: whether two graphs at once make the peak
    depends on the allocator.

    Gradients stay bit-equal. The fix is safe where all cells are known, and none asks for a graph
    of what the run has left; there is no advice where one that has not run is to go through it.
    """

    id = "retain-graph"
    severity = "medium"
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """Backwards of the run that kept graphs of some size, and no other went through."""
        record, grad = case.record, case.grad
        if grad.retaining_backwards < _LEAST or grad.retained_reused:
            return None
        size, device = grad.retaining_bytes, grad.retaining_device or "cpu"
        if not is_worth_saying(size, memory_entry(record, device)):
            return None
        program = case.program
        found = [each for each in program.methods("backward") if retains(each.call)]
        sites = sites_of_run(program, found)
        remedy = case.edit_the_one(
            sites,
            lambda site: fixes.training_loop.drop_arguments(
                site.record.source,
                [site.call.place],
                "retain_graph",
                safe=True,
                cell_id=site.record.cell_id,
            ),
            "The text does not tell which backward keeps the graph.",
            lines=[case.line(grad.retaining_place)],
        )
        return Finding(
            title=f"`retain_graph=True` keeps {format_bytes(size)} that no backward uses.",
            explanation=(
                "The graph of each step lives on until its loss is bound again, so that the next "
                "forward runs beside it. Without `retain_graph=True` the backward frees it; the "
                "gradients stay the same."
            ),
            evidence=[
                f"{count_of(grad.retaining_backwards, 'backward')} kept the graph, and no later "
                "backward went through one of them.",
                f"One graph saved {format_bytes(size)} on {device}.",
            ],
            remedy=remedy,
            outlook=partial(_outlook, record, sites),
        )


def _outlook(record: CellRecord, sites: Sequence[Site], later: Later) -> Outlook:
    """Whether no cell goes through a graph of the run again."""
    names, modules = carriers(record), modules_of(record)
    if names is None or any(site.call.function == "<lambda>" for site in sites):
        return Outlook.UNSAFE
    # The record has one way to each tensor; the texts of the run may have given it others.
    calls = [(site.record.source, site.call) for site in sites]
    others, are_known = other_names(calls, modules, later.imports)
    uses = graph_uses(
        [*later.texts(record), definitions_in(record.source)],
        names | others,
        own=record.source,
        functions={call.function for _source, call in calls if call.function is not None},
        modules=modules,
        imports=later.imports,
    )
    outlook = outlook_for_graphs(uses.elsewhere, later)
    return Outlook.UNSAFE if outlook is Outlook.SAFE and not are_known else outlook


def retains(call: Call) -> bool:
    """Whether a backward says ``retain_graph=True``."""
    return getattr(call.keywords.get("retain_graph"), "value", None) is True

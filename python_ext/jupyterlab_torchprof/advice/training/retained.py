"""Graphs that a backward keeps although no other backward wants them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ... import fixes
from ...record import CellRecord, RetainedGraph
from ...units import format_bytes
from ...words import count_of
from ..evidence.forwards import statement_lines
from ..evidence.lifetime import carriers
from ..evidence.memory import is_worth_saying, memory_entry
from ..grammar import Case, Finding, Rule
from ..text.code import Call
from ..text.names import name_uses
from ..text.notebook import Later, Outlook
from ..text.sites import sites_of_run
from ..text.uses.graphs import graph_uses, modules_of, outlook_for_graphs

_LEAST = 2


class RetainGraph(Rule):
    """`backward(retain_graph=True)` keeps what the graph has saved, but no second backward goes
    through it: the graph lives on while the next forward makes its own.

    Evidence: At least two retaining backwards in the run, none of whose graphs a later backward
    went through, and a graph that saved at least 1 MB or 1 % of the device.

    Fix: Drops `retain_graph=True`, also in a function of another cell.

    Silent: When a later backward uses the graph, `create_graph=True` is given, the backwards could
    not be followed, or only one retained.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html

    Notes: A single one may be meant for the next cell. The graph is that of a forward, or of a
    loss that a variable still holds. Nothing is predicted: whether two graphs at once make the
    peak depends on the allocator.

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
        size, device = _largest(case)
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
            lines=[grad.retaining_line],
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
            outlook=partial(_outlook, record, [site.call for site in sites]),
        )


def _outlook(record: CellRecord, calls: Sequence[Call], later: Later) -> Outlook:
    """Whether no cell goes through a graph of the run again."""
    names = carriers(record)
    if names is None or any(call.function == "<lambda>" for call in calls):
        return Outlook.UNSAFE
    uses = graph_uses(
        later.texts(record),
        names,
        own=record.source,
        functions={call.function for call in calls if call.function is not None},
        modules=modules_of(record),
        imports=later.imports,
    )
    return outlook_for_graphs(uses.elsewhere, later)


def _largest(case: Case) -> tuple[int, str]:
    """What one of the graphs saved, and where: that of a forward, or of a loss that is still there.

    A loss that is computed of several modules has a graph far larger than that of each.
    """
    graphs = [each for each in case.grad.forward_graphs if each.fate != "dropped"]
    sizes = [(each.saved_bytes, each.device) for each in graphs]
    held = _beside_the_backward(case)
    if any(entry.elements == 1 for entry in held):
        most = max(held, key=lambda entry: entry.saved_bytes)
        sizes.append((sum(entry.saved_bytes for entry in held), most.device))
    return max(sizes, default=(0, "cpu"))


def _beside_the_backward(case: Case) -> list[RetainedGraph]:
    """Graphs of single tensors that the statement with the backward, its loop, has bound.

    Each byte is counted for one of them only, whichever shares it: the loss, or what it is of.
    """
    source, line = case.record.source, case.grad.retaining_line
    uses = name_uses(source)
    if uses is None or line is None:
        return []
    first, last = statement_lines(source, line)
    return [
        entry
        for entry in case.grad.retained
        if entry.tensors == 1 and first <= uses.bound.get(entry.variable, 0) <= last
    ]


def retains(call: Call) -> bool:
    """Whether a backward says ``retain_graph=True``."""
    return getattr(call.keywords.get("retain_graph"), "value", None) is True

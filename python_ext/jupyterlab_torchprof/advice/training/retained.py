"""Graphs that a backward keeps although no other backward wants them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, RetainedGraph, Severity
from ...units import format_bytes
from ...words import count_of
from ..evidence.forwards import statement_lines
from ..evidence.lifetime import carriers
from ..evidence.memory import is_worth_saying, memory_entry
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Call, Program, Site
from ..text.names import name_uses
from ..text.notebook import Later, Outlook
from ..text.sites import sites_of_run
from ..text.uses.graphs import graph_uses, modules_of, outlook_for_graphs

_LEAST = 2


@dataclass(frozen=True, slots=True)
class Kept:
    """Retaining backwards without need."""

    record: CellRecord
    sites: list[Site]
    size: int
    """Saved bytes of one of their graphs."""
    device: str


class RetainGraph(OldRule[Kept]):
    """``retain_graph=True`` on backwards whose graphs no other backward goes through.

    The finding is at least two backwards of the run that retained their graphs, of which none
    was gone through again as far as they could be followed, and a graph (of a forward, or of a
    loss that a variable still holds) that saved 1 MB or 1 % of the device. A single one may be
    meant for the next cell. The graph then lives until its loss is bound again, that is through
    the next forward. Nothing is predicted: whether two graphs at once make the peak depends on
    the allocator.

    The call often stands in a function of another cell; the fix edits that cell. Gradients stay
    bit-equal. The fix is safe where all cells are known, and none asks for a graph of what the run
    has left; silent where one that has not run is to go through it.
    """

    id: ClassVar[str] = "retain-graph"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        "`backward(retain_graph=True)` keeps what the graph has saved, but no second backward "
        "goes through it: the graph lives on while the next forward makes its own."
    )
    proof: ClassVar[str] = (
        "At least two retaining backwards in the run, none of whose graphs a later backward went "
        "through, and a graph that saved at least 1 MB or 1 % of the device."
    )
    cure: ClassVar[str] = "Drops `retain_graph=True`, also in a function of another cell."
    silent: ClassVar[str] = (
        "When a later backward uses the graph, `create_graph=True` is given, the backwards could "
        "not be followed, or only one retained."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html",
    )
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Kept | None:
        """See the class."""
        grad = record.grad
        if grad is None or grad.retaining_backwards < _LEAST or grad.retained_reused:
            return None
        size, device = _largest(record)
        if not is_worth_saying(size, memory_entry(record, device)):
            return None
        program = Program(record, history)
        found = [each for each in program.methods("backward") if retains(each.call)]
        sites = sites_of_run(program, found)
        return Kept(record, sites, size, device)

    def outlook(self, finding: Kept, later: Later) -> Outlook:
        """Whether no cell goes through a graph of the run again."""
        record, names = finding.record, carriers(finding.record)
        calls = [site.call for site in finding.sites]
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

    def title(self, finding: Kept) -> str:
        """One sentence."""
        return f"`retain_graph=True` keeps {format_bytes(finding.size)} that no backward uses."

    def explanation(self, finding: Kept) -> str:
        """What happens and what can be done."""
        return (
            "The graph of each step lives on until its loss is bound again, so that the next "
            "forward runs beside it. Without `retain_graph=True` the backward frees it; the "
            "gradients stay the same."
        )

    def evidence(self, finding: Kept) -> list[str]:
        """Facts of the record."""
        grad = finding.record.grad
        count = grad.retaining_backwards if grad is not None else 0
        return [
            f"{count_of(count, 'backward')} kept the graph, and no later backward went through one "
            "of them.",
            f"One graph saved {format_bytes(finding.size)} on {finding.device}.",
        ]

    def remedy(self, finding: Kept) -> Remedy:
        """Let the backward free the graph."""
        from ...fixes.training_loop import CannotFix, drop_arguments

        grad, sites = finding.record.grad, finding.sites
        if len(sites) != 1:
            line = grad.retaining_line if grad is not None else None
            return Remedy(
                refusal="The text does not tell which backward keeps the graph.",
                lines=[line] if line else [],
            )
        record, call = sites[0].record, sites[0].call
        code = None if record is finding.record else record
        try:
            fix = drop_arguments(
                record.source, [call.place], "retain_graph", safe=True, cell_id=record.cell_id
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[call.line], code=code)
        return Remedy(fix=fix, lines=[call.line], code=code)


def _largest(record: CellRecord) -> tuple[int, str]:
    """What one of the graphs saved, and where: that of a forward, or of a loss that is still there.

    A loss that is computed of several modules has a graph far larger than that of each.
    """
    graphs = record.grad.forward_graphs if record.grad is not None else []
    sizes = [(each.saved_bytes, each.device) for each in graphs if each.fate != "dropped"]
    held = _beside_the_backward(record)
    if any(entry.elements == 1 for entry in held):
        most = max(held, key=lambda entry: entry.saved_bytes)
        sizes.append((sum(entry.saved_bytes for entry in held), most.device))
    return max(sizes, default=(0, "cpu"))


def _beside_the_backward(record: CellRecord) -> list[RetainedGraph]:
    """Graphs of single tensors that the statement with the backward, its loop, has bound.

    Each byte is counted for one of them only, whichever shares it: the loss, or what it is of.
    """
    grad, uses = record.grad, name_uses(record.source)
    if grad is None or uses is None or grad.retaining_line is None:
        return []
    first, last = statement_lines(record.source, grad.retaining_line)
    return [
        entry
        for entry in grad.retained
        if entry.tensors == 1 and first <= uses.bound.get(entry.variable, 0) <= last
    ]


def retains(call: Call) -> bool:
    """Whether a backward says ``retain_graph=True``."""
    return getattr(call.keywords.get("retain_graph"), "value", None) is True

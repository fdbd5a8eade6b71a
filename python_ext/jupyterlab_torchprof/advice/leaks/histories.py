"""Histories of losses that keep the graphs of all steps."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Collected, Severity
from ...words import count_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Program, dotted
from ..text.notebook import Later, Outlook
from ..text.uses.graphs import graph_uses
from .gathering import Gather, Gathered, carried, gathers_into

_FLOOR_NODES = 1_000
"""About a megabyte, with what Python keeps for a node."""
_MANY_NODES = 20_000


@dataclass(frozen=True, slots=True)
class History:
    """Values that keep graphs which a backward has been through already."""

    record: CellRecord
    entry: Collected
    sites: list[Gathered]
    """Where they are gathered, all in one cell."""
    spent: list[str]
    """The variables that are gathered, as written there."""


class LossHistoryGraph(OldRule[History]):
    """Losses are gathered with their graphs, which nobody can use again.

    A backward frees what a graph has saved, but its nodes live as long as the loss. The finding
    is a list, a dictionary or a sum of the namespace whose tensors keep at least a thousand
    nodes, and the statement that fills it: in a loop that also runs the backward of what is
    gathered, or of something computed from it. After that backward no other can go through these
    graphs, so that the history is all that they are kept for.

    Silent where the loop runs no backward of them (a sum of losses whose backward comes later;
    graphs with saved tensors are the matter of no-grad-inference), with ``retain_graph`` or
    ``create_graph``, and for values that are detached already. No number of bytes is promised:
    what a node takes is not measured. The fix is safe where all cells are known and none asks for
    the graphs again: some take another backward, since their nodes have saved nothing.
    """

    id: ClassVar[str] = "loss-history-graph"
    severity: ClassVar[Severity] = "high"
    what: ClassVar[str] = (
        "Losses are appended to a list or summed up with their graphs, so that the graph of every "
        "step of the training stays in memory."
    )
    proof: ClassVar[str] = (
        "A variable whose tensors keep a thousand or more graph nodes, filled in a loop that has "
        "already run the backward of what it gathers."
    )
    cure: ClassVar[str] = "Gathers `loss.detach()` instead of `loss`; the values are the same."
    silent: ClassVar[str] = (
        "Sums whose backward comes later; `retain_graph` and `create_graph`; short histories."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory",
    )
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> History | None:
        """See the class."""
        grad = record.grad
        entries = [
            entry
            for entry in record.collected
            if entry.with_graph
            and entry.new_tensors
            and (entry.graph_nodes >= _FLOOR_NODES or entry.truncated)
        ]
        if not entries or grad is None or not grad.backwards or grad.retaining_backwards:
            return None
        program = Program(record, history)
        for entry in sorted(entries, key=lambda entry: -entry.graph_nodes):
            sites = [
                site
                for site in gathers_into(program, entry.variable)
                if spent_names(site.gather.value, site.gather.loop)
            ]
            sites = [site for site in sites if site.record is sites[0].record]
            if sites:
                spent = [
                    name
                    for site in sites
                    for name in spent_names(site.gather.value, site.gather.loop)
                ]
                return History(record, entry, sites, list(dict.fromkeys(spent)))
        return None

    def outlook(self, finding: History, later: Later) -> Outlook:
        """Whether no cell asks for the graphs."""
        record = finding.record
        if "." in finding.entry.variable:
            return Outlook.UNSAFE  # who else has the object cannot be followed
        texts = [record.source, *later.texts(record)]
        gathers = [site.gather for site in finding.sites]
        functions = {each.function.name for each in gathers if each.function is not None}
        uses = graph_uses(
            texts,
            [finding.entry.variable],
            own=record.source,
            functions=functions,
            imports=later.imports,
        )
        return Outlook.UNSAFE if uses.elsewhere else Outlook.SAFE

    def title(self, finding: History) -> str:
        """One sentence."""
        return f"`{finding.entry.variable}` keeps the graphs of {_steps(finding)} of training."

    def explanation(self, finding: History) -> str:
        """What happens and what can be done."""
        name = finding.spent[0]
        return (
            f"Each `{name}` that goes into `{finding.entry.variable}` keeps its graph, "
            f"{_nodes(finding)} in all, and memory grows with every step. Their backward has run, "
            f"so no other can use them: `{name}.detach()` has the same value and no graph."
        )

    def evidence(self, finding: History) -> list[str]:
        """Facts of the record."""
        entry, gather = finding.entry, finding.sites[0].gather
        return [
            f"{count_of(entry.with_graph, 'tensor')} in `{entry.variable}` still "
            f"{'has' if entry.with_graph == 1 else 'have'} a graph: {_nodes(finding)}.",
            f"The {_block(gather)} that gathers `{finding.spent[0]}` on line {gather.line} has run "
            "its backward.",
        ]

    def grade(self, finding: History) -> Severity:
        """By the number of nodes."""
        entry = finding.entry
        return self.severity if entry.truncated or entry.graph_nodes >= _MANY_NODES else "medium"

    def remedy(self, finding: History) -> Remedy:
        """Detach what is gathered."""
        from ...fixes.detach import CannotFix, detach_values  # libcst takes a while to import

        record = finding.sites[0].record
        places = [site.gather.place for site in finding.sites]
        lines = sorted({site.gather.line for site in finding.sites})
        code = None if record is finding.record else record
        try:
            fix = detach_values(record.source, places, ".detach()", cell_id=record.cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


def _block(gather: Gather) -> str:
    return "function" if gather.loop is gather.function else "loop"


def _nodes(finding: History) -> str:
    least = "at least " if finding.entry.truncated else ""
    return f"{least}{count_of(finding.entry.graph_nodes, 'node')}"


def _steps(finding: History) -> str:
    return count_of(finding.entry.with_graph, "step")


def spent_names(value: ast.expr, loop: ast.AST) -> list[str]:
    """Variables of an expression that a backward in the loop has been through."""
    spent = _spent(loop) & _assigned(loop)
    if any(_makes_another(node, spent) for node in ast.walk(value)):
        return []
    return [name.id for name in carried(value) if name.id in spent]


def _assigned(loop: ast.AST) -> set[str]:
    """Variables that each round assigns anew; neither those of the loop's head nor modules."""
    found: set[str] = set()
    for node in ast.walk(loop):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {
                each.id
                for target in targets
                for each in ast.walk(target)
                if isinstance(each, ast.Name)
            }
    return found


def _makes_another(node: ast.AST, spent: set[str]) -> bool:
    """Whether a part of what is gathered is computed by a call, with a graph of its own."""
    if not isinstance(node, ast.Call):
        return False
    root, dot, _rest = dotted(node.func).partition(".")
    return not (root in spent if dot else root in ("float", "int", "len"))


def _spent(loop: ast.AST) -> set[str]:
    """Variables that a backward in the loop goes through, or that such are computed from."""
    spent: set[str] = set()
    computed: list[tuple[set[str], set[str]]] = []
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "backward":
                if any(word.arg in ("retain_graph", "create_graph") for word in node.keywords):
                    return set()
                for part in (node.func.value, *node.args):
                    spent.update(each.id for each in carried(part))
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            nodes = [each for target in targets for each in ast.walk(target)]
            bound = {each.id for each in nodes if isinstance(each, ast.Name)}
            computed.append((bound, {each.id for each in carried(node.value)} - bound))
    while True:
        more = {name for bound, read in computed if bound & spent for name in read} - spent
        if not more:
            return spent
        spent |= more

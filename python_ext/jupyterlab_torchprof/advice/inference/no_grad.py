"""Memory that inference takes only because autograd records it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...record import CellRecord, Prediction, Severity
from ...units import format_bytes
from ...words import code_list, count_of, enumerate_words
from ..evidence.forwards import recording_lines, roots, trained_until
from ..evidence.functions.view import FunctionView
from ..evidence.lifetime import carriers
from ..evidence.memory import is_large, memory_entry
from ..evidence.unused_graphs import Unused, find_unused
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.names import name_uses, root_of
from ..text.notebook import Later, Outlook
from ..text.uses.graphs import graph_uses, modules_of, outlook_for_graphs


class NoGradInference(OldRule[Unused]):
    """A forward records a graph for a backward that never comes.

    Graphs decide, not cells: what counts is what became of the graphs that the forwards of a
    line recorded. In a cell that trains, only lines below its last backward and its last
    optimizer step are looked at.

    *Freed unused*: nobody can use a graph that is gone. Where every measured graph of a line was
    freed without a backward, and no variable keeps one, the advice is given at once, in training
    mode as well. The saving is one at the peak: the largest graph less twice its largest
    storage, which never promised too much (without a graph the forward still needs the input
    and the output of its largest operation at the same time), and never more than what the peak
    rose above what was there before and after.

    *Held by a variable*: a backward in a later cell could still use it, so eval mode alone is no
    proof. Given at once only if the model was in eval mode, each line ran at least two forwards
    (a pass over data, not a step that is tried out), all leaves are parameters and no scalar is
    among the results, unless graphs of the same line were seen freed unused. Otherwise the rule
    waits until the variable and all that was computed from it is rebound or deleted, or, in eval
    mode, until two other cells have run, without a backward in between. When the same cell runs
    again, what became of its last run counts for an eval-mode model. The saving is what the
    variables keep.

    Taken back when a later cell trains through the graph (a backward in a cell that mentions the
    variable, or that frees its graph), and then silent for all runs of that cell. A training cell
    that leaves the graph untouched refutes nothing: its record still finds the graph whole. A cell
    that has not run refutes it, too, where it trains and asks for the graph. The fix is safe where
    all cells are known, and none but this one asks for the graph of what it has bound.

    Silent: losses that wait for their backward, graphs with other leaves than parameters
    (saliency, adversarial inputs, style transfer), training mode with nothing proven, cells that
    did not end well or have a ``backward`` in a branch that this run may have left out, a namespace
    too large to be seen whole, and savings below 1 MB that are also below 1 % of the device. What
    must have run and was not counted is no training, whatever its name (``flow.backward(z)``,
    ``scheduler.step(noise, t, x)``). Savings below 64 MiB and 1 % of the device are of low
    severity.

    Sources: PyTorch's notes on autograd mechanics ("locally disabling gradient computation") and
    its Performance Tuning Guide ("disable gradient calculation for validation or inference").
    """

    id: ClassVar[str] = "no-grad-inference"
    severity: ClassVar[Severity] = "high"
    what: ClassVar[str] = (
        "A forward records a graph for a backward that never comes: the saved intermediate "
        "results take memory, during the cell or for as long as a variable keeps them."
    )
    proof: ClassVar[str] = (
        "The graphs of the line's forwards were freed without a backward, or a variable still "
        "keeps them and no backward used them while later cells ran."
    )
    cure: ClassVar[str] = "Wraps the statements in `with torch.no_grad():`."
    silent: ClassVar[str] = (
        "Losses that wait for their backward; graphs with other leaves than parameters "
        "(saliency, adversarial inputs); training mode with nothing proven; savings below 1 MB "
        "and 1 % of the device."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation",
        "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html",
    )
    waits: ClassVar[bool] = True
    in_functions: ClassVar[bool] = True
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Unused | None:
        """See the class."""
        return find_unused(self.id, record, history)

    def awaits(self, record: CellRecord) -> bool:
        """Forwards recorded graphs."""
        return record.status == "ok" and bool(recording_lines(record))

    def outlook(self, finding: Unused, later: Later) -> Outlook:
        """Whether no cell asks for a graph that would not be there."""
        record, holding = finding.record, carriers(finding.record)
        if holding is None:
            return Outlook.UNSAFE
        uses = name_uses(record.source)
        first = min(entry.line for entry in finding.forwards)
        bound = {name for name, line in uses.bound.items() if line >= first} if uses else set()
        asked = graph_uses(
            later.texts(record),
            {*roots(finding.held), *(bound & holding)},
            own=record.source,
            functions=[record.name] if isinstance(record, FunctionView) else (),
            modules=modules_of(record),
            imports=later.imports,
        )
        outlook = outlook_for_graphs(asked.elsewhere, later)
        if isinstance(record, FunctionView) and outlook is Outlook.SAFE:
            return Outlook.UNSAFE  # a function may be called by ways that no text shows
        return outlook

    def title(self, finding: Unused) -> str:
        """One sentence."""
        numbers = [str(entry.line) for entry in finding.forwards]
        size = format_bytes(finding.saving_bytes)
        if any(kept.truncated for kept in finding.held):
            size = f"at least {size}"
        single = len(numbers) == 1
        where = (
            f"Line {numbers[0]} records" if single else f"Lines {enumerate_words(numbers)} record"
        )
        effect = f"{size} stay allocated" if finding.held else f"about {size} more at the peak"
        return f"{where} graphs for a backward that never comes: {effect}."

    def explanation(self, finding: Unused) -> str:
        """What happens and what can be done."""
        models = dict.fromkeys(name for entry in finding.forwards for name in entry.modules)
        size = f"{format_bytes(finding.saving_bytes)} {_on(finding.device)}"
        if any(kept.truncated for kept in finding.held):
            size = f"at least {size}"
        if finding.held:
            keep = "keeps" if len(finding.held) == 1 else "keep"
            cost = f"{code_list(roots(finding.held))} {keep} them alive: {size}."
        else:
            cost = f"They are freed unused, but at the peak they take about {size}."
        return (
            f"Autograd saves intermediate results of {code_list(list(models))} for a backward, "
            f"and no backward uses them. {cost} Under torch.no_grad() they are not saved; the "
            "values that the model returns are the same."
        )

    def evidence(self, finding: Unused) -> list[str]:
        """Facts of the record."""
        record = finding.record
        complete = record.grad is not None and record.grad.forwards_complete
        facts: list[str] = []
        for entry in finding.forwards:
            calls = f"{'' if complete else 'at least '}{count_of(entry.calls, 'forward')}"
            facts.append(
                f"Line {entry.line} ran {calls} of {code_list(entry.modules)} with gradients on."
            )
        for kept in finding.held:
            tensors = "" if kept.tensors == 1 else f" ({count_of(kept.tensors, 'tensor')})"
            size = f"{'at least ' if kept.truncated else ''}{format_bytes(kept.saved_bytes)}"
            facts.append(
                f"`{root_of(kept.variable)}`{tensors} keeps {size} of saved tensors alive "
                f"{_on(kept.device)}."
            )
        trained = trained_until(record)
        if trained:
            facts.append(f"The cell's last training step was above, on line {trained}.")
        else:
            facts.append("No backward ran in the cell.")
        facts.append(finding.proof)
        return facts

    def prediction(self, finding: Unused) -> Prediction:
        """Bytes that graphs keep after the cell, or bytes at the peak."""
        if finding.peak is None:
            before, metric = float(finding.saving_bytes), "graph_bytes"
        else:
            before, metric = float(finding.peak.peak_bytes), "peak_bytes"
        return Prediction(
            metric=metric,
            before=before,
            after=before - finding.saving_bytes,
            unit="bytes",
            device=finding.device,
        )

    def grade(self, finding: Unused) -> Severity:
        """A saving that nobody would miss is no alarm."""
        memory = memory_entry(finding.record, finding.device)
        return self.severity if is_large(finding.saving_bytes, memory) else "low"

    def remedy(self, finding: Unused) -> Remedy:
        """Wrap the statements in ``with torch.no_grad():``."""
        from ...fixes.wrap import CannotFix, wrap_no_grad  # libcst takes a while to import

        record = finding.record
        lines = [entry.line for entry in finding.forwards]
        taken: set[str] = set()
        torch_name = None
        if record.placement is not None:
            torch_name = record.placement.torch_name
            taken.update(root_of(tensor.path) for tensor in record.placement.tensors)
            taken.update(root_of(module.path) for module in record.placement.modules)
        try:
            wrapped = wrap_no_grad(
                record.source,
                lines,
                cell_id=record.cell_id,
                torch_name=torch_name,
                taken=taken,
                trained_until=trained_until(record),
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines)
        return Remedy(fix=wrapped.fix, lines=wrapped.lines)


def _on(device: str) -> str:
    return "in host memory" if device == "cpu" else f"on {device}"

"""Memory that inference takes only because autograd records it."""

from __future__ import annotations

from functools import partial

from ...record import CellRecord, Prediction
from ...units import format_bytes
from ...words import code_list, count_of, enumerate_words
from ..evidence.feeding import bound_on
from ..evidence.forwards import keepers, recording_lines, trained_until
from ..evidence.functions.view import FunctionView
from ..evidence.held import where
from ..evidence.kept_results import are_read_elsewhere
from ..evidence.lifetime import carriers
from ..evidence.memory import is_large, memory_entry
from ..evidence.namespace import variables_of
from ..evidence.unused_graphs import Unused, find_unused
from ..grammar import Case, Finding, Remedy, Rule
from ..grammar.case import function_of
from ..text.first_uses import name_uses
from ..text.names import keeper_of
from ..text.notebook import Later, Outlook
from ..text.uses.graphs import graph_uses, modules_of
from ..text.uses.to_come import outlook_for_graphs


class NoGradInference(Rule):
    """A forward records a graph for a backward that never comes: the saved intermediate results
    take memory, during the cell or for as long as a variable or an attribute keeps them.

    Evidence: The graphs of the line's forwards were freed without a backward, or something still
    keeps them whole although their model was trained on, other cells trained, later cells ran
    without a backward, or the model was trained or loaded before, other cells have read what a
    loop of it made, and none leads from that to a backward.

    Fix: Wraps the statements in `with torch.no_grad():`.

    Silent: Losses that wait for their backward; what takes part in a training, if only detached or
    in a branch that was not taken; graphs with other leaves than parameters (saliency,
    adversarial inputs); training mode with nothing proven; savings below 1 MB and 1 % of the
    device.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation
        https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html

    Notes: What proves that nobody uses a graph, and how the saving is calculated, stands in
    `evidence.unused_graphs`. The advice waits where a later cell may still use it, and goes when
    one does, or, not having run, trains and asks for it. Where the way of a result cannot be
    followed, any cell that has not run and may train is one, also by a module of the user's. The
    fix is safe where all cells are known, and none asks for the graph of what this one has bound.

    It says nothing of cells that did not end well or have a `backward` in a branch that this run
    may have left out, nor where the namespace is too large to be seen whole. What must have run and
    was not counted is no training, whatever its name (`flow.backward(z)`,
    `scheduler.step(noise, t, x)`). Savings below 64 MiB and 1 % of the device are of low severity:
    nobody would miss them.
    """

    id = "no-grad-inference"
    severity = "high"
    waits = True
    in_functions = True
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """Forwards whose graphs nobody uses."""
        record = case.record
        unused = find_unused(self.id, record, case.history)
        if unused is None:
            return None
        large = is_large(unused.saving_bytes, memory_entry(record, unused.device))
        return Finding(
            title=_title(unused),
            explanation=_explanation(unused),
            evidence=_facts(case, unused),
            prediction=_prediction(unused),
            severity=None if large else "low",
            remedy=partial(_wrap, case, unused),
            outlook=partial(_outlook, record, unused),
        )

    def awaits(self, record: CellRecord) -> bool:
        """Forwards recorded graphs."""
        return record.status == "ok" and bool(recording_lines(record))


def _title(unused: Unused) -> str:
    numbers = [str(line) for line in unused.lines]
    lines = f"Line {numbers[0]} records"
    if len(numbers) > 1:
        lines = f"Lines {enumerate_words(numbers)} record"
    size = _size(unused)
    effect = f"{size} stay allocated" if unused.held else f"about {size} more at the peak"
    return f"{lines} graphs for a backward that never comes: {effect}."


def _size(unused: Unused) -> str:
    least = "at least " if any(kept.truncated for kept in unused.held) else ""
    return f"{least}{format_bytes(unused.saving_bytes)}"


def _explanation(unused: Unused) -> str:
    models = dict.fromkeys(name for entry in unused.forwards for name in entry.modules)
    size = f"{_size(unused)} {where(unused.device)}"
    if unused.held:
        keep = "keeps" if len(unused.held) == 1 else "keep"
        cost = f"{code_list(keepers(unused.held))} {keep} them alive: {size}."
    else:
        cost = f"They are freed unused, but at the peak they take about {size}."
    return (
        f"Autograd saves intermediate results of {code_list(list(models))} for a backward, and no "
        f"backward uses them. {cost} Under torch.no_grad() they are not saved; the values that the "
        "model returns are the same."
    )


def _facts(case: Case, unused: Unused) -> list[str]:
    facts: list[str] = []
    least = "" if case.grad.forwards_complete else "at least "
    for entry in unused.forwards:
        facts.append(
            f"Line {entry.line} ran {least}{count_of(entry.calls, 'forward')} of "
            f"{code_list(entry.modules)} with gradients on."
        )
    for kept in unused.held:
        tensors = "" if kept.tensors == 1 else f" ({count_of(kept.tensors, 'tensor')})"
        size = f"{'at least ' if kept.truncated else ''}{format_bytes(kept.saved_bytes)}"
        facts.append(
            f"`{keeper_of(kept.variable)}`{tensors} keeps {size} of saved tensors alive "
            f"{where(kept.device)}."
        )
    trained = trained_until(case.record)
    before = f"The cell's last training step was above, on line {trained}."
    view = function_of(case.record)
    where_none = "the cell" if view is None else f"`{view.name}`"
    return [*facts, before if trained else f"No backward ran in {where_none}.", unused.proof]


def _prediction(unused: Unused) -> Prediction:
    """Bytes that graphs keep after the cell, or bytes at the peak."""
    metric, before = "graph_bytes", unused.saving_bytes
    if unused.peak is not None:
        metric, before = "peak_bytes", unused.peak.peak_bytes
    after = before - unused.saving_bytes
    return Prediction(metric, float(before), float(after), "bytes", unused.device)


def _wrap(case: Case, unused: Unused) -> Remedy:
    """The fix is of whole statements: the advice then is about all their lines."""
    from ...fixes.wrap import CannotFix, wrap_no_grad  # libcst takes a while to import

    record = case.record
    try:
        wrapped = wrap_no_grad(
            record.source,
            unused.lines,
            cell_id=record.cell_id,
            torch_name=case.placement.torch_name,
            taken=variables_of(case.placement),
            trained_until=trained_until(record),
        )
    except CannotFix as refusal:
        return Remedy(refusal=str(refusal), lines=unused.lines)
    return Remedy(fix=wrapped.fix, lines=wrapped.lines)


def _outlook(record: CellRecord, unused: Unused, later: Later) -> Outlook:
    """Whether no cell asks for a graph that would not be there."""
    holding, uses = carriers(record), name_uses(record.source)
    if holding is None:
        return Outlook.UNSAFE
    first = min(unused.lines)
    bound = {path for path in holding if uses.line_that_binds(path) >= first} if uses else set()
    if unused.held:  # by a list that an attribute may share with a variable
        bound |= {path for path in bound_on(record.source, unused.lines) if _is_attribute(path)}
    asked = graph_uses(
        [record.source, *later.texts(record)],  # it may have given results other names, too
        {*keepers(unused.held), *bound},
        own=record.source,
        functions=[record.name] if isinstance(record, FunctionView) else (),
        modules=modules_of(record),
        imports=later.imports,
    )
    if unused.looked_at and not are_read_elsewhere(record, unused.looked_at, later):
        return Outlook.NEEDED
    if unused.unless_named and not (later.is_known and all(map(later.has_run, asked.readers))):
        return Outlook.NEEDED
    outlook = outlook_for_graphs(asked.elsewhere, later)
    if isinstance(record, FunctionView) and outlook is Outlook.SAFE:
        return Outlook.UNSAFE  # a function may be called by ways that no text shows
    return outlook


def _is_attribute(path: str) -> bool:
    """Whether it is one of an object that the cell itself names."""
    return path.partition(".")[0] not in (path, "self")

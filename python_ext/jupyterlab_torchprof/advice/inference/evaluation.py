"""Models that are used in training mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ... import fixes
from ...record import CellRecord, Forwards, Layers
from ...words import code_list, count_of, enumerate_words
from ..evidence.forwards import fates_on, trained_until
from ..evidence.functions.reached import trained_lines
from ..evidence.functions.view import FunctionView, run_of
from ..evidence.intent import is_on_purpose, says_so
from ..evidence.kept_results import are_only_looked_at, names_of_results
from ..evidence.modules import Root, name_in_function, root_of_forwards
from ..evidence.namespace import variables_of
from ..evidence.outlived import has_line_outlived
from ..evidence.readiness import is_ready
from ..evidence.shared_functions import evaluated_by, name_at_call
from ..evidence.trainers import only_of_class
from ..grammar import Case, Finding, Remedy, Rule
from ..text.notebook import Later, Outlook
from .apart import may_be_evaluation
from .layers import counted
from .model_history import must_be_restored


class MissingEval(Rule):
    """A model predicts in training mode: dropout zeroes activations at random, and batch norm uses
    and changes its statistics, so that results are wrong or differ from run to run.

    Evidence: Forwards with the root and its dropout or batch-norm layers in training mode,
    gradients off or all graphs freed unused, and no training below them in the cell. Where
    variables keep graphs of a model that was trained: the results were read, and no cell of the
    notebook, run or not, leads from them to a backward.

    Fix: Puts `model.eval()` above the statement, and `model.train()` below it where the cells that
    train the model, or may do so when they run, do not set its mode themselves.

    Silent: `.train()` right before the forward; Monte Carlo dropout; forwards whose results are
    thrown away; a single forward of a model that was neither trained nor loaded.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/autograd.html#evaluation-mode-nn-module-eval

    Notes: In a loop that trains, the line must stand in a loop of its own, and have gradients off.
    Of a single forward somebody may only want to see the shape. Monte Carlo dropout shows in names
    and in many forwards of the same input; results that are thrown away, in batch-norm statistics
    and in timing. Nothing is predicted: what changes is the result.
    """

    id = "missing-eval"
    severity = "high"
    waits = True
    in_functions = True
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """A line whose forwards ran in training mode, and whose results train nothing."""
        record, after = case.record, trained_until(case.record)
        entries = [entry for entry in case.grad.forwards if _may_be_inference(case, entry)]
        if not entries or after is None or record.status != "ok" or says_so(record.source):
            return None
        trained = trained_lines(record, case.history)
        for entry in entries:
            line = case.line(entry.place)
            if line is None or line <= after or line in trained:
                continue
            own = may_be_evaluation(case, entry, line, after)
            found = (_own if own else _shared)(case, entry, line, after)
            if found is not None:
                return found
        return None

    def awaits(self, record: CellRecord) -> bool:
        """Forwards of layers in training mode left graphs to variables."""
        grad = record.grad
        if grad is None or record.status != "ok" or not any(map(_has_noise, grad.forwards)):
            return False
        return any(graph.fate == "held" for graph in grad.forward_graphs)


def _own(case: Case, entry: Forwards, line: int, after: int) -> Finding | None:
    """A line that can be of an evaluation, as its place in the text tells."""
    record, history = case.record, case.history
    root = root_of_forwards(record, history, entry)
    name = name_in_function(record, entry) if root is None else root.name
    if is_on_purpose(record, history, entry, name, after):
        return None

    def remedy(later: Later) -> Remedy:
        return _evaluate(case, line, root, name, after, later=later)

    if not _keeps_graphs(case, entry):
        if entry.calls < 2 and not _is_ready(case, root):
            return None
        proof = "Gradients were off, so that nothing was trained on its results."
        if entry.grad:
            proof = "The graphs that it recorded were freed without a backward."
        return _in_training_mode(case, entry, name, remedy, proof)
    if has_line_outlived(record, history, line):
        proof = "Other lines have trained the model since, and its graphs are still whole."
        return _in_training_mode(case, entry, name, remedy, proof)
    names = names_of_results(record, history, line) if _is_ready(case, root) else None
    if names is None:
        return None
    proof = f"No cell asks for gradients of its results, {code_list(sorted(names))}."
    finding = _in_training_mode(case, entry, name, remedy, proof)
    return replace(finding, outlook=partial(_outlook, record, names))


def _outlook(record: CellRecord, results: set[str], later: Later) -> Outlook:
    return Outlook.SAFE if are_only_looked_at(record, results, later) else Outlook.NEEDED


def _shared(case: Case, entry: Forwards, line: int, after: int) -> Finding | None:
    """A line that calls a function which trains where other lines call it."""
    record, history = case.record, case.history
    function = evaluated_by(record, history, entry)
    if function is None:
        return None
    name = name_at_call(record, function, entry)
    if is_on_purpose(record, history, entry, name, after):
        return None
    module = only_of_class(run_of(record), entry.module)
    root = None if name is None or module is None else Root(name, module)
    return _in_training_mode(
        case,
        entry,
        name,
        lambda later: _evaluate(case, line, root, name, after, later=later),
        f"`{function.name}` trains where other lines call it; no backward used what it computed "
        "here.",
    )


def _in_training_mode(
    case: Case, entry: Forwards, name: str | None, remedy: Callable[[Later], Remedy], proof: str
) -> Finding:
    least = "" if case.grad.forwards_complete else "at least "
    layers = entry.layers or Layers()
    effects: list[str] = []
    if layers.dropouts_training:
        effects.append("dropout sets activations to zero at random")
    if layers.batchnorms_training:
        effects.append("batch norm uses the statistics of the batch and changes its own")
    them = "both" if len(effects) > 1 else "that"
    return Finding(
        title=f"Line {case.line(entry.place)} uses `{name or entry.module}` in training mode.",
        explanation=(
            f"In training mode {enumerate_words(effects)}, so that the results are not those of "
            f"the trained model. `{name or 'model'}.eval()` turns {them} off; it does not touch "
            "gradients."
        ),
        evidence=[
            f"Line {case.line(entry.place)} ran {least}{count_of(entry.calls, 'forward')} of "
            f"`{entry.module}` with "
            f"{counted(layers.dropouts_training, layers.batchnorms_training)} in training mode.",
            proof,
        ],
        remedy=lambda: remedy(Later(None)),
        remedy_before=remedy,
    )


def _evaluate(
    case: Case, line: int, root: Root | None, name: str | None, trained: int, *, later: Later
) -> Remedy:
    """Set the mode above the statement, and back below it where that is needed."""
    if name is None:
        return case.by_hand(
            "No variable is known to hold the model: call its `eval()` before the forward.",
            lines=[line],
        )()
    return case.edit(
        lambda: fixes.modes.evaluate_around(
            case.record.source,
            line,
            name,
            apart_from=trained,
            restore=must_be_restored(case, root, trained, later),
            cell_id=case.record.cell_id,
            taken=_taken(case),
        ),
        lines=[line],
    )()


def _taken(case: Case) -> set[str]:
    """Names that a fix must not bind: variables, and what the function's cell calls something."""
    variables, record = variables_of(case.placement), case.record
    return variables | record.body.names if isinstance(record, FunctionView) else variables


def _is_ready(case: Case, root: Root | None) -> bool:
    return root is not None and is_ready(root.module, case.program.runs)


def _has_noise(entry: Forwards) -> bool:
    """Whether dropout or batch norm was in training mode."""
    layers = entry.layers
    if not entry.training or layers is None:
        return False
    return bool(layers.dropouts_training or layers.batchnorms_training)


def _may_be_inference(case: Case, entry: Forwards) -> bool:
    """Whether layers were in training mode, and no backward went through what they computed."""
    if not _has_noise(entry):
        return False
    if not entry.grad:
        return True
    fates = fates_on(case.record, case.line(entry.place))
    return bool(fates) and fates <= {"dropped", "held"}


def _keeps_graphs(case: Case, entry: Forwards) -> bool:
    """Whether a graph that the forwards recorded was still there when the run had ended."""
    return entry.grad and "held" in fates_on(case.record, case.line(entry.place))

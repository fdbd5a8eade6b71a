"""Models that are used in training mode."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from ... import fixes
from ...record import CellRecord, Forwards, Layers
from ...words import code_list, count_of, enumerate_words
from ..evidence.forwards import trained_until
from ..evidence.functions.reached import trained_lines
from ..evidence.functions.view import FunctionView
from ..evidence.intent import is_on_purpose, says_so
from ..evidence.kept_results import are_only_looked_at, names_of_results
from ..evidence.modules import Root, name_in_function, root_of_forwards
from ..evidence.namespace import variables_of
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import read
from ..text.names import name_uses
from ..text.notebook import Later, Outlook
from .layers import counted
from .model_history import is_ready, must_be_restored


class MissingEval(Rule):
    """A model predicts in training mode: dropout zeroes activations at random, and batch norm uses
    and changes its statistics, so that results are wrong or differ from run to run.

    Evidence: Forwards with the root and its dropout or batch-norm layers in training mode,
    gradients off or all graphs freed unused, and no training below them in the cell. Where variables
    keep graphs of a model that was trained: the results were read, and no cell of the notebook, run
    or not, leads from them to a backward.

    Fix: Puts `model.eval()` above the statement, and `model.train()` below it where the cells that
    train the model do not set its mode themselves.

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
            if entry.line is None or entry.line <= after or entry.line in trained:
                continue
            if not _is_evaluation(case, entry, entry.line, after):
                continue
            root = root_of_forwards(record, case.history, entry)
            if is_on_purpose(record, case.history, entry, root, after):
                continue
            kept = _keeps_graphs(case, entry)
            if (entry.calls > 1 and not kept) or is_ready(case, root):
                names = names_of_results(record, case.history, entry.line) if kept else set()
                if names is None:
                    continue
                name = name_in_function(record, entry) if root is None else root.name
                remedy = _evaluate(case, entry.line, root, name, after)
                return _in_training_mode(case, entry, name, remedy, names)
        return None

    def awaits(self, record: CellRecord) -> bool:
        """Forwards in training mode left graphs to variables."""
        graphs = [] if record.grad is None else record.grad.forward_graphs
        return record.status == "ok" and any(graph.fate == "held" for graph in graphs)


def _in_training_mode(
    case: Case,
    entry: Forwards,
    name: str | None,
    remedy: Callable[[], Remedy],
    results: set[str],
) -> Finding:
    """``results``: variables that keep graphs of the forwards."""
    layers = entry.layers or Layers()
    effects: list[str] = []
    if layers.dropouts_training:
        effects.append("dropout sets activations to zero at random")
    if layers.batchnorms_training:
        effects.append("batch norm uses the statistics of the batch and changes its own")
    them = "both" if len(effects) > 1 else "that"
    return Finding(
        title=f"Line {entry.line} uses `{name or entry.module}` in training mode.",
        explanation=(
            f"In training mode {enumerate_words(effects)}, so that the results are not those of "
            f"the trained model. `{name or 'model'}.eval()` turns {them} off; it does not touch "
            "gradients."
        ),
        evidence=[
            f"Line {entry.line} ran {count_of(entry.calls, 'forward')} of `{entry.module}` with "
            f"{counted(layers.dropouts_training, layers.batchnorms_training)} in training mode.",
            _no_training(entry, results),
        ],
        remedy=remedy,
        outlook=partial(_outlook, case.record, results) if results else None,
    )


def _no_training(entry: Forwards, results: set[str]) -> str:
    if results:
        return f"No cell asks for gradients of its results, {code_list(sorted(results))}."
    if entry.grad:
        return "The graphs that it recorded were freed without a backward."
    return "Gradients were off, so that nothing was trained on its results."


def _outlook(record: CellRecord, results: set[str], later: Later) -> Outlook:
    return Outlook.SAFE if are_only_looked_at(record, results, later) else Outlook.NEEDED


def _evaluate(
    case: Case, line: int, root: Root | None, name: str | None, trained: int
) -> Callable[[], Remedy]:
    """Set the mode above the statement, and back below it where that is needed."""
    if name is None:
        return case.by_hand(
            "No variable is known to hold the model: call its `eval()` before the forward.",
            lines=[line],
        )
    return case.edit(
        lambda: fixes.modes.evaluate_around(
            case.record.source,
            line,
            name,
            apart_from=trained,
            restore=must_be_restored(case, root, trained),
            cell_id=case.record.cell_id,
            taken=variables_of(case.placement),
        ),
        lines=[line],
    )


def _may_be_inference(case: Case, entry: Forwards) -> bool:
    """Whether layers were in training mode, and no backward went through what they computed."""
    layers = entry.layers
    if not entry.training or layers is None:
        return False
    if not layers.dropouts_training and not layers.batchnorms_training:
        return False
    if not entry.grad:
        return True
    fates = _fates(case, entry)
    return bool(fates) and fates <= {"dropped", "held"}


def _keeps_graphs(case: Case, entry: Forwards) -> bool:
    """Whether a graph that the forwards recorded was still there when the run had ended."""
    return entry.grad and "held" in _fates(case, entry)


def _fates(case: Case, entry: Forwards) -> set[str]:
    return {graph.fate for graph in case.grad.forward_graphs if graph.line == entry.line}


def _is_evaluation(case: Case, entry: Forwards, line: int, trained: int) -> bool:
    """Whether a line can be of an evaluation, as its place in the text tells.

    ``trained``: line of the last training above in the cell; 0: there is none.
    """
    if trained and not _is_apart(case, entry, line, trained):
        return False
    return not isinstance(case.record, FunctionView) or _evaluates(case.record, line, trained)


def _is_apart(case: Case, entry: Forwards, line: int, trained: int) -> bool:
    """Whether the line stands below all training, or in a loop of its own with gradients off."""
    code = read(case.record.source)
    if code is None:
        return False
    around = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.stmt) and _holds(node, line) and node.lineno != line
    ]
    if not any(_holds(node, trained) for node in around):
        return True
    return not entry.grad and any(
        isinstance(node, ast.For) and not _holds(node, trained) for node in around
    )


def _holds(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _evaluates(view: FunctionView, line: int, trained: int) -> bool:
    """Whether a line of a function can be of an evaluation, whoever else calls the function.

    The line calls the module itself; the function holds no training that this run left out; and
    in a run that trains elsewhere it goes through data of its own: a single forward may be a part
    of each step, as of a target network.
    """
    if line not in view.direct:
        return False
    uses = name_uses(view.source)
    if not trained and (uses is None or uses.trains or ".step(" in view.source):
        return False
    grad = view.run.grad
    if trained or grad is None or not (grad.backwards or grad.optimizer_steps):
        return True
    code = read(view.source)
    return any(call.loops and call.line == line for call in (code.calls if code else ()))

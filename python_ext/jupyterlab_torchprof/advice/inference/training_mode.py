"""Models that are trained in evaluation mode."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable

from ... import fixes
from ...record import CellRecord, Forwards, Layers
from ...words import count_of, enumerate_words
from ..evidence.functions.callers import caller_texts
from ..evidence.functions.view import FunctionView
from ..evidence.modules import Root, called_functions, mode_calls, root_of_forwards
from ..evidence.trainers import optimizers_of
from ..grammar import Case, Finding, Remedy, Rule
from ..text.functions import parameters_of
from .layers import counted
from .mode_texts import evaluates, functions_of, may_set_mode, only_evaluates, was_evaluated


class EvalModeTraining(Rule):
    """A model is trained in evaluation mode because an `eval()` of a validation was not taken back:
    dropout does nothing, and batch norm learns no statistics.

    Evidence: Optimizer steps on a model that was trained in training mode before, whose root and
    all dropout and batch-norm layers are now in evaluation mode, and an earlier `.eval()`.

    Fix: Puts `model.train()` above the statement that trains.

    Silent: `eval()` right above the training, a function that does nothing but call it, or one that
    no text shows and that gets the model alone; frozen parameters; models that were never trained
    in training mode; adversarial examples.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/autograd.html#evaluation-mode-nn-module-eval

    Notes: The optimizer must be of that very module, and a backward must have used the graphs of
    the line. Frozen parameters speak of fine-tuning with frozen statistics; the same module trained
    on another line in training mode, of adversarial examples. Nothing is predicted: what changes is
    the result.
    """

    id = "eval-mode-training"
    severity = "high"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """A line that trains a model which an earlier ``.eval()`` has left in evaluation mode."""
        if not case.grad.optimizer_steps or not case.grad.backwards:
            return None
        for entry in case.grad.forwards:
            line = case.line(entry.place)
            if line is None or not _trains_frozen(case, entry, line):
                continue
            root = root_of_forwards(case.record, case.history, entry)
            if root is None or not _was_trained(case, entry, line, root):
                continue
            steps = _steps(case.record, root)
            eval_line = _eval_line(case, line, root) if steps else None
            if eval_line is not None:
                remedy = _train(case, line, root.name, eval_line)
                return _left_in_evaluation(entry, line, root.name, steps, remedy)
        return None


def _train(case: Case, line: int, name: str, eval_line: int) -> Callable[[], Remedy]:
    """Set the mode above the statement."""
    source, cell_id = case.record.source, case.record.cell_id
    return case.edit(
        lambda: fixes.modes.train_above(source, line, name, apart_from=eval_line, cell_id=cell_id),
        lines=[line],
    )


def _left_in_evaluation(
    entry: Forwards, line: int, name: str, steps: int, remedy: Callable[[], Remedy]
) -> Finding:
    layers = entry.layers or Layers()
    effects: list[str] = []
    if layers.dropouts:
        effects.append("dropout does nothing")
    if layers.batchnorms:
        effects.append("batch norm neither uses nor learns the statistics of its batches")
    return Finding(
        title=f"Line {line} trains `{name}` in evaluation mode.",
        explanation=(
            f"`{name}` was trained in training mode before, then `eval()` was called, and nothing "
            f"has called `train()` since: {enumerate_words(effects)}. `{name}.train()` belongs "
            "above the training."
        ),
        evidence=[
            f"Line {line} ran {count_of(entry.calls, 'forward')} of `{entry.module}` in "
            f"evaluation mode, with {counted(layers.dropouts, layers.batchnorms)}.",
            f"An optimizer of `{name}` took {count_of(steps, 'step')}.",
        ],
        remedy=remedy,
    )


def _trains_frozen(case: Case, entry: Forwards, line: int) -> bool:
    """Whether a backward used what a line computed with all layers in evaluation mode.

    No other line trains the module in training mode, and of a function no caller wants it so.
    """
    layers = entry.layers
    if layers is None or not entry.grad or entry.training:
        return False
    if layers.dropouts_training or layers.batchnorms_training:
        return False
    if not layers.dropouts and not layers.batchnorms:
        return False
    if isinstance(case.record, FunctionView) and not _is_left_over(case, case.record, line):
        return False
    return any(
        graph.fate == "consumed" and not graph.training and case.line(graph.place) == line
        for graph in case.grad.forward_graphs
    ) and not any(
        each.training
        and each.grad
        and each.module == entry.module
        and case.line(each.place) != line
        for each in case.grad.forwards
    )


def _is_left_over(case: Case, view: FunctionView, line: int) -> bool:
    """Whether a line of a function calls the module itself, and no caller says `eval()` above."""
    if line not in view.direct:
        return False
    for caller, text in caller_texts(view, case.history):
        around = None if caller.function is None else caller.function.rpartition(".")[2]
        for call, training in mode_calls(text):
            if not training and call.function == around and call.line <= (caller.line or 0):
                return False
    return True


def _steps(record: CellRecord, root: Root) -> int:
    """Steps of optimizers that train the whole module."""
    module = root.module
    if module.trainable_bytes is None or module.trainable_bytes < module.parameter_bytes:
        return 0
    return sum(entry.steps for entry in optimizers_of(record, module))


def _was_trained(case: Case, entry: Forwards, line: int, root: Root) -> bool:
    """Whether the module was trained in training mode: by earlier runs, or on this line before."""
    for run in case.program.runs:
        if run.grad is None or not run.grad.optimizer_steps:
            continue
        is_own = run is case.record
        if (is_own or optimizers_of(run, root.module)) and any(
            each.training and each.grad and each.module == entry.module
            for each in run.grad.forwards
            if not is_own or case.line(each.place) == line
        ):
            return True
    return False


def _eval_line(case: Case, line: int, root: Root) -> int | None:
    """A line of the cell with the ``.eval()`` below the forward, 0 if another text has it.

    That is a cell, or what one used of a module. ``None`` if none is known, or if it stands above
    the forward, where it seems to be meant.
    """
    record, name = case.record, root.name
    calls = [call for call, training in mode_calls(record.source, name) if not training]
    own = [call.line for call in calls if call.function is None]
    if any(each <= line for each in own):
        return None
    functions = called_functions(record, case.history, line, record.files)
    if any(evaluates(ast.unparse(function)) for function in functions):
        return None
    known = [each for run in case.program.runs for each in functions_of(run)]
    texts = [(record.source, {name})]
    texts += [(run.source, {root.module.path}) for run in case.history]
    texts += [(ast.unparse(each), set(parameters_of(each))) for each in functions]
    shown = {*(each.name for each in known), *dir(builtins)}
    if any(map(only_evaluates, known)) or any(
        may_set_mode(text, modules, shown) for text, modules in texts
    ):
        return None
    if own:
        return own[0]
    return 0 if any(map(was_evaluated, case.history)) else None

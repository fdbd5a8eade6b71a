"""Models that are trained in evaluation mode."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Forwards, Severity
from ...words import count_of, enumerate_words
from ..evidence.functions.view import FunctionView
from ..evidence.modules import Root, called_functions, mode_calls, root_of_forwards
from ..grammar.finding import Remedy
from ..grammar.old import OldRule


@dataclass(frozen=True, slots=True)
class Frozen:
    """Training forwards in evaluation mode."""

    record: CellRecord
    entry: Forwards
    root: Root
    steps: int
    eval_line: int
    """A line of the cell that sets evaluation mode below the forward; 0: no line does."""


class EvalModeTraining(OldRule[Frozen]):
    """An optimizer trains a model whose dropout and batch norm were left in evaluation mode.

    The finding is a line whose forwards ran with the root and *all* its dropout and batch-norm
    layers in evaluation mode, whose graphs a backward used, in a run in which an optimizer of
    that very module stepped. It must have been trained in training mode before, in this session
    or on the same line, and an ``.eval()`` must be known that nobody took back.

    Silent where ``.eval()`` stands above the forward in the same cell or in the function that it
    calls, where some parameters are frozen (fine-tuning with frozen statistics), where the same
    module is trained on another line in training mode (adversarial examples), and for models
    without such layers. Nothing is predicted: what changes is the result.
    """

    id: ClassVar[str] = "eval-mode-training"
    severity: ClassVar[Severity] = "high"
    what: ClassVar[str] = (
        "A model is trained in evaluation mode because an `eval()` of a validation was not taken "
        "back: dropout does nothing, and batch norm learns no statistics."
    )
    proof: ClassVar[str] = (
        "Optimizer steps on a model that was trained in training mode before, whose root and all "
        "dropout and batch-norm layers are now in evaluation mode, and an earlier `.eval()`."
    )
    cure: ClassVar[str] = "Puts `model.train()` above the statement that trains."
    silent: ClassVar[str] = (
        "`eval()` right above the training; frozen parameters; models that were never trained in "
        "training mode; adversarial examples."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/autograd.html#evaluation-mode-nn-module-eval",
    )
    in_functions: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Frozen | None:
        """See the class."""
        grad = record.grad
        if grad is None or not grad.optimizer_steps or not grad.backwards:
            return None
        for entry in grad.forwards:
            if entry.line is None or not _is_frozen(entry):
                continue
            if isinstance(record, FunctionView) and not _is_left_over(record, entry):
                continue
            graphs = [graph for graph in grad.forward_graphs if graph.line == entry.line]
            if not any(graph.fate == "consumed" and not graph.training for graph in graphs):
                continue
            root = root_of_forwards(record, history, entry)
            steps = _steps(record, root)
            if root is None or not steps or _has_other_training(record, entry):
                continue
            if not _was_trained(record, history, entry, root):
                continue
            eval_line = _eval_line(record, history, entry.line, root.name)
            if eval_line is not None:
                return Frozen(record, entry, root, steps, eval_line)
        return None

    def title(self, finding: Frozen) -> str:
        """One sentence."""
        return f"Line {finding.entry.line} trains `{finding.root.name}` in evaluation mode."

    def explanation(self, finding: Frozen) -> str:
        """What happens and what can be done."""
        layers = finding.entry.layers
        effects: list[str] = []
        if layers is not None and layers.dropouts:
            effects.append("dropout does nothing")
        if layers is not None and layers.batchnorms:
            effects.append("batch norm neither uses nor learns the statistics of its batches")
        name = finding.root.name
        return (
            f"`{name}` was trained in training mode before, then `eval()` was called, and nothing "
            f"has called `train()` since: {enumerate_words(effects)}. `{name}.train()` belongs "
            "above the training."
        )

    def evidence(self, finding: Frozen) -> list[str]:
        """Facts of the record."""
        entry = finding.entry
        layers = entry.layers
        parts: list[str] = []
        if layers is not None and layers.dropouts:
            parts.append(count_of(layers.dropouts, "dropout layer"))
        if layers is not None and layers.batchnorms:
            parts.append(count_of(layers.batchnorms, "batch-norm layer"))
        return [
            f"Line {entry.line} ran {count_of(entry.calls, 'forward')} of `{entry.module}` in "
            f"evaluation mode, with {enumerate_words(parts)}.",
            f"An optimizer of `{finding.root.name}` took {count_of(finding.steps, 'step')}.",
        ]

    def remedy(self, finding: Frozen) -> Remedy:
        """Set training mode above the statement."""
        from ...fixes.modes import CannotFix, train_above  # libcst takes a while to import

        record, line = finding.record, finding.entry.line or 1
        try:
            fix = train_above(
                record.source,
                line,
                finding.root.name,
                apart_from=finding.eval_line,
                cell_id=record.cell_id,
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[line])
        return Remedy(fix=fix, lines=[line])


def _is_left_over(view: FunctionView, entry: Forwards) -> bool:
    """Whether a line of a function calls the module itself, and no caller says `eval()` above."""
    if entry.line not in view.direct:
        return False
    texts = {run.source_hash: run.source for run in (view.run, view.code)}
    for caller in view.callers:
        around = None if caller.function is None else caller.function.rpartition(".")[2]
        for call, training in mode_calls(texts.get(caller.source_hash or "", "")):
            if not training and call.function == around and call.line <= (caller.line or 0):
                return False
    return True


def _is_frozen(entry: Forwards) -> bool:
    layers = entry.layers
    if not entry.grad or entry.training or layers is None:
        return False
    has_layers = layers.dropouts or layers.batchnorms
    return bool(has_layers) and not layers.dropouts_training and not layers.batchnorms_training


def _steps(record: CellRecord, root: Root | None) -> int:
    """Steps of optimizers that train the whole module."""
    if root is None:
        return 0
    module = root.module
    if module.trainable_bytes is None or module.trainable_bytes < module.parameter_bytes:
        return 0
    return sum(
        entry.steps
        for entry in record.optimizers
        if entry.module == root.variable and entry.shared_parameters
    )


def _has_other_training(record: CellRecord, entry: Forwards) -> bool:
    forwards = record.grad.forwards if record.grad is not None else []
    return any(
        each.training and each.grad and each.module == entry.module and each.line != entry.line
        for each in forwards
    )


def _was_trained(
    record: CellRecord, history: Sequence[CellRecord], entry: Forwards, root: Root
) -> bool:
    """Whether the module was trained in training mode before."""
    for run in history:
        grad = run.grad
        if grad is not None and grad.optimizer_steps:
            same = run is record
            if (same or _steps_of(run, root.variable)) and any(
                each.training and each.grad and each.module == entry.module
                for each in grad.forwards
                if not same or each.line == entry.line
            ):
                return True
        if run is record:
            break
    return False


def _steps_of(run: CellRecord, name: str) -> int:
    return sum(entry.steps for entry in run.optimizers if entry.module == name)


def _eval_line(
    record: CellRecord, history: Sequence[CellRecord], line: int, name: str
) -> int | None:
    """A line of the cell with the ``.eval()`` below the forward, 0 if another cell has it.

    ``None`` if none is known, or if it stands above the forward, where it seems to be meant.
    """
    own = [call for call, training in mode_calls(record.source, name) if not training]
    if any(call.function is None and call.line <= line for call in own):
        return None
    functions = called_functions(record, history, line)
    if any(_evaluates(ast.unparse(function)) for function in functions):
        return None
    below = [call.line for call in own if call.function is None]
    if below:
        return below[0]
    return 0 if any(_evaluates(run.source) for run in history) else None


def _evaluates(source: str) -> bool:
    return any(not training for _call, training in mode_calls(source))

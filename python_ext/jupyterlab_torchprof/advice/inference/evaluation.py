"""Models that are used in training mode."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Forwards, Severity
from ...words import count_of, enumerate_words
from ..evidence.forwards import trained_until
from ..evidence.functions.reached import function_views, trained_lines
from ..evidence.functions.view import FunctionView
from ..evidence.intent import is_on_purpose, says_so, sets_training
from ..evidence.modules import (
    Root,
    called_functions,
    mode_calls,
    name_in_function,
    root_of_forwards,
)
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import cell_key, read
from ..text.names import name_uses, root_of

_NO_NAME = "No variable is known to hold the model: call its `eval()` before the forward."


@dataclass(frozen=True, slots=True)
class Untrained:
    """Forwards in training mode whose results train nothing."""

    record: CellRecord
    entry: Forwards
    root: Root | None
    name: str | None
    """How the line writes it; ``None``: not known."""
    restore: bool
    """A later pass trains the model without setting its mode."""


class MissingEval(OldRule[Untrained]):
    """A model with dropout or batch norm is used in training mode.

    The finding is a line whose forwards ran with the root in training mode, some of its dropout
    or batch-norm layers too, and for inference: gradients were off, or all graphs that were
    measured were freed unused. The line stands below the last backward and the last step of the
    cell; in a loop that trains it must stand in a loop of its own, and have gradients off.

    Of a single forward somebody may only want to see the shape, so it counts only for a model
    that was trained or loaded before.

    Silent where dropout is on by intent or seems to be: ``.train()`` right before in the same
    function, many forwards of the same input, results that are thrown away (batch-norm
    statistics, timing), and names as in Monte Carlo dropout. Nothing is predicted: what changes
    is the result. The fix puts ``model.eval()`` above the statement, and ``model.train()`` below
    where a cell that trains it does not set the mode itself.
    """

    id: ClassVar[str] = "missing-eval"
    severity: ClassVar[Severity] = "high"
    what: ClassVar[str] = (
        "A model predicts in training mode: dropout zeroes activations at random, and batch norm "
        "uses and changes its statistics, so that results are wrong or differ from run to run."
    )
    proof: ClassVar[str] = (
        "Forwards with the root and its dropout or batch-norm layers in training mode, gradients "
        "off or all graphs freed unused, and no training below them in the cell."
    )
    cure: ClassVar[str] = (
        "Puts `model.eval()` above the statement, and `model.train()` below it where the cells "
        "that train the model do not set its mode themselves."
    )
    silent: ClassVar[str] = (
        "`.train()` right before the forward; Monte Carlo dropout; forwards whose results are "
        "thrown away; a single forward of a model that was neither trained nor loaded."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/autograd.html#evaluation-mode-nn-module-eval",
    )
    in_functions: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Untrained | None:
        """See the class."""
        grad = record.grad
        if grad is None or record.status != "ok":
            return None
        entries = [entry for entry in grad.forwards if _may_be_inference(record, entry)]
        if not entries or says_so(record.source):
            return None
        trained = trained_lines(record, history)
        after = trained_until(record)
        if after is None:
            return None
        for entry in entries:
            if entry.line is None or entry.line <= after or entry.line in trained:
                continue
            if after and not _is_apart(record, entry, after):
                continue
            if isinstance(record, FunctionView) and not _is_evaluation(record, entry, after):
                continue
            root = root_of_forwards(record, history, entry)
            if is_on_purpose(record, history, entry, root, after):
                continue
            if _is_on_purpose_below(record, history, entry):
                continue
            if entry.calls < 2 and not _is_ready(record, history, root):
                continue
            restore = _must_restore(record, history, root, after)
            name = name_in_function(record, entry) if root is None else root.name
            return Untrained(record, entry, root, name, restore)
        return None

    def title(self, finding: Untrained) -> str:
        """One sentence."""
        return f"Line {finding.entry.line} uses {_name(finding)} in training mode."

    def explanation(self, finding: Untrained) -> str:
        """What happens and what can be done."""
        layers = finding.entry.layers
        effects: list[str] = []
        if layers is not None and layers.dropouts_training:
            effects.append("dropout sets activations to zero at random")
        if layers is not None and layers.batchnorms_training:
            effects.append("batch norm uses the statistics of the batch and changes its own")
        name = finding.name or "model"
        them = "both" if len(effects) > 1 else "that"
        return (
            f"In training mode {enumerate_words(effects)}, so that the results are not those of "
            f"the trained model. `{name}.eval()` turns {them} off; it does not touch gradients."
        )

    def evidence(self, finding: Untrained) -> list[str]:
        """Facts of the record."""
        entry, layers = finding.entry, finding.entry.layers
        parts: list[str] = []
        if layers is not None and layers.dropouts_training:
            parts.append(f"{count_of(layers.dropouts_training, 'dropout layer')}")
        if layers is not None and layers.batchnorms_training:
            parts.append(f"{count_of(layers.batchnorms_training, 'batch-norm layer')}")
        why = (
            "The graphs that it recorded were freed without a backward."
            if entry.grad
            else "Gradients were off, so that nothing was trained on its results."
        )
        return [
            f"Line {entry.line} ran {count_of(entry.calls, 'forward')} of `{entry.module}` with "
            f"{enumerate_words(parts)} in training mode.",
            why,
        ]

    def remedy(self, finding: Untrained) -> Remedy:
        """Set the mode above the statement, and back below it where that is needed."""
        from ...fixes.modes import CannotFix, evaluate_around  # libcst takes a while to import

        record, line = finding.record, finding.entry.line or 1
        if finding.name is None:
            return Remedy(refusal=_NO_NAME, lines=[line])
        try:
            fix = evaluate_around(
                record.source,
                line,
                finding.name,
                apart_from=trained_until(record) or 0,
                restore=finding.restore,
                cell_id=record.cell_id,
                taken=_names_taken(record),
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[line])
        return Remedy(fix=fix, lines=[line])


def _names_taken(record: CellRecord) -> set[str]:
    placement = record.placement
    if placement is None:
        return set()
    names = {root_of(tensor.path) for tensor in placement.tensors}
    return names | {root_of(module.path) for module in placement.modules}


def _is_evaluation(view: FunctionView, entry: Forwards, trained: int) -> bool:
    """Whether a line of a function can be of an evaluation, whoever else calls the function.

    The line calls the module itself; the function holds no training that this run left out; and
    in a run that trains elsewhere it goes through data of its own: a single forward may be a part
    of each step, as of a target network.
    """
    if entry.line not in view.direct:
        return False
    uses = name_uses(view.source)
    if not trained and (uses is None or uses.trains or ".step(" in view.source):
        return False
    grad = view.run.grad
    if trained or grad is None or not (grad.backwards or grad.optimizer_steps):
        return True
    code = read(view.source)
    return any(call.loops and call.line == entry.line for call in (code.calls if code else ()))


def _is_on_purpose_below(
    record: CellRecord, history: Sequence[CellRecord], entry: Forwards
) -> bool:
    """Whether a function that the cell went through uses such a module so by intent."""
    if isinstance(record, FunctionView):
        return False
    for view in function_views(record, history):
        grad = view.grad
        for each in grad.forwards if grad is not None else ():
            alike = (each.module, each.grad) == (entry.module, entry.grad) and each.training
            if alike and each.line in view.direct:
                root = root_of_forwards(view, history, each)
                if is_on_purpose(view, history, each, root, trained_until(view) or 0):
                    return True
    return False


def _name(finding: Untrained) -> str:
    return f"`{finding.name or finding.entry.module}`"


def _may_be_inference(record: CellRecord, entry: Forwards) -> bool:
    layers = entry.layers
    if not entry.training or layers is None:
        return False
    if not layers.dropouts_training and not layers.batchnorms_training:
        return False
    if not entry.grad:
        return True
    graphs = record.grad.forward_graphs if record.grad is not None else []
    fates = {graph.fate for graph in graphs if graph.line == entry.line}
    return fates == {"dropped"}


def _is_apart(record: CellRecord, entry: Forwards, trained: int) -> bool:
    """Whether the line stands below all training, or in a loop of its own with gradients off."""
    code = read(record.source)
    if code is None or entry.line is None:
        return False
    around = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.stmt) and _holds(node, entry.line) and node.lineno != entry.line
    ]
    if not any(_holds(node, trained) for node in around):
        return True
    loops = [n for n in around if isinstance(n, ast.For) and not _holds(n, trained)]
    return bool(loops) and not entry.grad


def _holds(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _is_ready(record: CellRecord, history: Sequence[CellRecord], root: Root | None) -> bool:
    """Whether the model was trained or loaded before."""
    if root is None:
        return False
    names = (root.variable, root.module.class_name)
    for run in (*history, record):
        if any(entry.module == root.variable and entry.steps for entry in run.optimizers):
            return True
        if any(checkpoint.loaded_into in names for checkpoint in run.checkpoints):
            return True
        if _loads(run.source, root.variable, has_loaded=bool(run.loads)):
            return True
        if run is record:
            break
    return False


def _loads(source: str, name: str, *, has_loaded: bool) -> bool:
    """Whether a cell loads weights into a variable, or binds it to a model that has some."""
    code = read(source) if name in source else None
    for call in code.calls if code is not None else ():
        if call.name == f"{name}.load_state_dict":
            return True
        statement = call.statement
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in statement.targets
        ):
            trained = {"pretrained", "weights"} & call.keywords.keys()
            if has_loaded or trained or call.method == "from_pretrained":
                return True
    return False


def _must_restore(
    record: CellRecord,
    history: Sequence[CellRecord],
    root: Root | None,
    trained: int,
) -> bool:
    """Whether training comes after it that does not set the mode itself."""
    if trained and not _sets_mode(record, history, trained):
        return True
    return root is not None and any(
        cell_key(run) != cell_key(record)
        and any(each.module == root.variable and each.steps for each in run.optimizers)
        and not _sets_mode(run, history, trained_until(run) or 1)
        for run in history
    )


def _sets_mode(run: CellRecord, history: Sequence[CellRecord], line: int) -> bool:
    """Whether a cell that trains calls ``.train()``, itself or in a function."""
    if any(training for _call, training in mode_calls(run.source)):
        return True
    return any(map(sets_training, called_functions(run, history, line)))

"""Gradients that no optimizer takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ... import fixes
from ...record import CellRecord, Optimizer, UntakenGradients
from ...units import format_bytes, format_seconds
from ...words import code_list, count_of
from ..evidence.functions.view import run_of
from ..evidence.gradient_readers import may_read_gradients
from ..evidence.held import where
from ..evidence.memory import allocated_without, is_large, is_worth_saying, memory_entry
from ..evidence.optimizers import called
from ..evidence.runs import later_runs
from ..grammar import Case, Finding, Remedy, Rule
from ..grammar.case import function_of
from ..text.code import read
from ..text.functions import functions_in, parameters_of
from ..text.notebook import Later, Outlook
from ..text.training_ahead import asks_for_parameters, is_bound_in, is_handed, overlap

_LOOKS = frozenset({"id", "isinstance", "len", "print", "repr", "str", "type"})
_OF_PROCESSES = frozenset({"DistributedDataParallel", "FullyShardedDataParallel"})
_LEAST_STEPS = 6
_MOST_PARTS = 8


class GradientsWithoutOptimizer(Rule):
    """Backwards compute gradients that no optimizer takes, as when a head is trained on a
    backbone that was not frozen: its backward, the graph that leads to it and its gradients are
    for nobody.

    Evidence: Parameters that no optimizer of the session has, and whose gradients were new, or had
    changed, between two steps of an optimizer in this run; the bytes of these gradients.

    Fix: Puts `backbone.requires_grad_(False)` above the training.

    Silent: Where gradients are read (`.grad`, hooks, clipping that changes them, a watching
    logger), or may be, as the module is given to a function that no cell shows, unless a library we
    know runs the loop; where an optimizer that has the parameters was made already, as in a GAN, or
    comes later, or may come, as a cell that has not run gives the module away; models that
    processes share; gradients below 1 MB; fewer than six steps.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/autograd.html#setting-requires-grad
        https://docs.pytorch.org/tutorials/beginner/transfer_learning_tutorial.html

    Notes: Frozen, a module computes the same values: dropout and batch norm follow the mode.
    What comes before it still gets its gradient, which `no_grad` would cut off. The fix is never
    safe, since parameters stay frozen for later cells. Predicted is the memory of the gradients,
    on devices, as `allocated after the cell - gradients`; of time nothing is promised, it is
    measured when the cell runs again.
    """

    id = "gradients-without-optimizer"
    severity = "medium"
    waits = True
    in_functions = True
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """The largest gradients of this kind; a function speaks of its own modules only."""
        grad, record = case.grad, case.record
        if not grad.untaken or grad.zero_grads_kept or record.status != "ok":
            return None
        stepped = [each for each in record.optimizers if each.steps >= _LEAST_STEPS]
        entry = _largest(case)
        if entry is None or not stepped or _is_taken_later(case, entry):
            return None
        others = entry.clipped is False
        if _is_clipped_somewhere(record) and not others:
            return None
        if may_read_gradients(case.program, record, entry.parts, clips_others=others):
            return None
        device = max(entry.gradient_bytes, key=lambda name: entry.gradient_bytes[name])
        nbytes = entry.gradient_bytes[device]
        memory = memory_entry(record, device)
        if not is_worth_saying(nbytes, memory):
            return None
        size = format_bytes(nbytes)
        return Finding(
            title=f"{size} of gradients of {_parts(entry)} are for no optimizer.",
            explanation=(
                f"Each backward goes through {_parts(entry)} and computes gradients of "
                f"{count_of(entry.tensors, 'parameter')} that no optimizer has, so that no step "
                "changes them. With `requires_grad_(False)` they are frozen: neither these "
                "gradients nor the graph for them are made, and the loss stays the same. Dropout "
                "and batch norm follow the mode and stay as they are. `requires_grad_(True)` takes "
                "it back, before something else trains them."
            ),
            evidence=_facts(case, entry, stepped, f"{size} {where(device)}"),
            prediction=None if entry.local else allocated_without(record, device, nbytes),
            severity=None if is_large(nbytes, memory) or record.duration_s >= 1 else "low",
            remedy=_freeze(case, entry),
            outlook=partial(_outlook, record, entry),
        )

    def awaits(self, record: CellRecord) -> bool:
        """A later optimizer may take what this run's backwards have made."""
        return record.grad is not None and bool(record.grad.untaken)

    def is_stirred(self, now: CellRecord) -> bool:
        """The newest run has optimizers."""
        return bool(now.optimizers)


def _largest(case: Case) -> UntakenGradients | None:
    view = function_of(case.record)
    found = [
        entry
        for entry in case.grad.untaken
        if entry.class_name not in _OF_PROCESSES
        and entry.local == (view is not None)
        and (view is None or _is_of_function(case.record, entry))
    ]
    return max(found, key=lambda entry: sum(entry.gradient_bytes.values()), default=None)


def _is_clipped_somewhere(record: CellRecord) -> bool:
    grad = run_of(record).grad
    return grad is not None and grad.clips > 0


def _is_of_function(view: CellRecord, entry: UntakenGradients) -> bool:
    """Whether the function itself has the optimizer step and calls the module."""
    return _is_outermost(view, entry.place) and _is_outermost(view, entry.called_place)


def _is_outermost(view: CellRecord, place: int | None) -> bool:
    while place is not None and view.places[place].kind == "library":
        place = view.places[place].parent
    return place is not None and view.places[place].parent is None


def _is_taken_later(case: Case, entry: UntakenGradients) -> bool:
    """Whether an optimizer of a later run has more of the module than those of this run had."""
    own = max((_shared(each, entry) for each in case.record.optimizers), default=0)
    return any(
        _shared(each, entry) > own
        for run in later_runs(case.record, case.history)
        for each in run.optimizers
    )


def _only_looks(name: str) -> bool:
    return name in _LOOKS


def _shared(optimizer: Optimizer, entry: UntakenGradients) -> int:
    path = optimizer.module
    return optimizer.shared_parameters if path and overlap(path, entry.module) else 0


def _parts(entry: UntakenGradients) -> str:
    if len(entry.parts) > 3:
        return f"{len(entry.parts)} parts of `{entry.module}`"
    return code_list(entry.parts)


def _facts(case: Case, entry: UntakenGradients, stepped: list[Optimizer], size: str) -> list[str]:
    facts = []
    for each in stepped:
        name = f"`{each.name}`" if each.name and not each.variable else called(each, start=True)
        has = sum(group.parameters for group in each.groups)
        owner = each.module or each.local_module
        of = f" of `{owner}`" if owner else ""
        facts.append(f"{name} took {count_of(each.steps, 'step')} and has {has} parameters{of}.")
    facts.append(
        f"Between two of these steps, gradients of {count_of(entry.tensors, 'other parameter')} "
        f"of `{entry.module}` were computed: {size}."
    )
    grad = case.grad
    if grad.timed_backwards:
        mean = grad.timed_backwards_s / grad.timed_backwards
        facts.append(
            f"A backward took {format_seconds(mean)} of the host's time, the mean of "
            f"{grad.timed_backwards} that were timed."
        )
    return facts


def _freeze(case: Case, entry: UntakenGradients) -> Callable[[], Remedy]:
    record, line = case.record, case.line(entry.place)
    if line is None or not _can_be_written(case, entry, line):
        return case.by_hand(_in_words(entry), lines=[line])
    return case.edit(
        lambda: fixes.freeze.freeze_above(record.source, line, entry.parts, cell_id=record.cell_id),
        lines=[line],
    )


def _in_words(entry: UntakenGradients) -> str:
    if len(entry.parts) > _MOST_PARTS:  # adapters in a model, as those of LoRA
        return (
            f"Call `{entry.module}.requires_grad_(False)` where the model is made, and then "
            "`requires_grad_(True)` of what the optimizer gets."
        )
    return (
        f"Call `requires_grad_(False)` of {_parts(entry)} before the training, where the model "
        "is made."
    )


def _can_be_written(case: Case, entry: UntakenGradients, line: int) -> bool:
    """Whether the text above a line can name the parts, and means no other model by them."""
    if len(entry.parts) > _MOST_PARTS:
        return False
    names = [path.split(".") for path in entry.parts]
    root = names[0][0]
    plain = all(part.isidentifier() for parts in names for part in parts)
    return plain and root not in _arguments(case.record) and _is_bound_above(case, root, line)


def _is_bound_above(case: Case, name: str, line: int) -> bool:
    """Whether a text binds a variable before this line is reached: not in what the line calls."""
    record = case.record
    cells = [record] if function_of(record) else [*case.program.cells, record]
    for cell in cells:
        code = read(cell.source)
        until = line if cell.source == record.source else None
        if code is not None and is_bound_in(code, name, until):
            return True
    return False


def _arguments(record: CellRecord) -> set[str]:
    """What a function is given: others may give it a model that they train whole."""
    view = function_of(record)
    functions = () if view is None else functions_in(view.code.source)
    return {
        name
        for each in functions
        if view is not None and each.name == view.name
        for name in parameters_of(each)
    }


def _outlook(record: CellRecord, entry: UntakenGradients, later: Later) -> Outlook:
    """Whether a cell that has not run, or a function, asks for these parameters to train them."""
    for text in () if entry.local else later.texts(record):
        code = read(text)
        trees = [code.tree] if code is not None and not later.has_run(text) else functions_in(text)
        if code is None or any(asks_for_parameters(tree, entry.parts) for tree in trees):
            return Outlook.NEEDED
        if not later.has_run(text) and is_handed(code.tree, entry.parts, _only_looks):
            return Outlook.NEEDED
    return Outlook.UNSAFE

"""Backwards from what has no graph, or is no single number."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...record import CellRecord, FileText, Forwards, PlacedModule
from ...words import code_list
from ..evidence.failures import Failure
from ..evidence.modules import root_of_forwards
from ..grammar import Case, Finding, Rule
from ..text.code import read
from ..text.history import bound_to, cut, lines_behind
from ..text.names import name_uses
from .cause import Cause, failure_of, line_text, said, sizes, tensors_on_the_line

_NO_GRAPH = "does not require grad and does not have a grad_fn"
_NOT_SCALAR = "grad can be implicitly created only for scalar outputs"
_FROZEN_INPUTS = "None of the inputs have requires_grad=True"
_FLOATS = ("float32", "float64", "float16", "bfloat16")


class BackwardWithoutGraph(Rule):
    """A backward needs a graph, and none was recorded: gradients were off, everything was frozen,
    or the result was cut off.

    Evidence: PyTorch's error; the grad mode of the run and of those before, whether the run's
    forwards recorded, what requires grad, and what the line says that computes the loss.

    Fix: By hand, by the cause: turn recording on again, unfreeze, or don't detach.

    Silent: Where none of these explains it.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation

    Notes: The wording is that of PyTorch 2.4 to 2.15. The loss is the one tensor on the failing
    line; it was computed by the failing run, or by the latest that binds its name.
    """

    id = "backward-without-graph"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's error, and why nothing was recorded."""
        failure = failure_of(case, _NO_GRAPH, names=("RuntimeError",))
        if failure is None:
            return None
        losses = [t for t in tensors_on_the_line(failure.error) if t.requires_grad is False]
        if len(losses) != 1:
            return None
        loss = losses[0]
        name = f"`{loss.name}`"
        run = _computed_in(case, failure, loss.name)
        forwards = _forwards_behind(failure, run, loss.name)
        if loss.inference:
            cause: Cause | None = Cause(
                f"{name} was computed in inference mode, which records no graph.",
                "Compute it outside `torch.inference_mode()`.",
            )
        elif loss.dtype not in _FLOATS:
            cause = Cause(
                f"{name} is {loss.dtype}: no gradient can flow through integers.",
                "Comparisons, `argmax` and counts have no gradient. Train on a loss, such as "
                "`cross_entropy` of the outputs, and keep this for the display.",
            )
        else:
            cause = (
                _grad_off(case, run, name)
                or _checkpointed(run, name)
                or _forwards_off(run, forwards, name)
                or _frozen(case, run, forwards, name)
                or _cut(case, failure, run, loss.name)
            )
        if cause is None:
            return None
        return Finding(
            title=cause.title,
            explanation=cause.advice,
            evidence=[said(failure.error), *cause.facts],
            remedy=case.by_hand(
                "Why gradients were off is for you to say.",
                lines=failure.lines,
                code=failure.elsewhere,
            ),
        )


class BackwardNonscalar(Rule):
    """A backward begins with one number, and gets a tensor of several.

    Evidence: PyTorch's error, and the sizes of what the failing line reads.

    Fix: By hand: `.mean()` or `.sum()` first.

    Silent: Where no tensor of several elements has a name on the line.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html

    Notes: The wording is that of PyTorch 2.4 to 2.15. Mean or sum is another learning rate, so
    there is no fix.
    """

    id = "backward-nonscalar"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's error, of a tensor that has a name."""
        failure = failure_of(case, _NOT_SCALAR, names=("RuntimeError",))
        if failure is None:
            return None
        found = [t for t in tensors_on_the_line(failure.error) if t.shape and t.requires_grad]
        if len(found) != 1 or f"{found[0].name}.backward(" not in line_text(failure):
            return None
        loss = found[0]
        return Finding(
            title=f"`{loss.name}` is {sizes(loss.shape)}, and a backward begins with one number.",
            explanation=(
                f"`{loss.name}.mean().backward()` begins with their mean, as losses do by "
                'themselves unless they have `reduction="none"`. If the values are no loss, '
                "compute one from them."
            ),
            evidence=[said(failure.error)],
            remedy=case.by_hand(
                "Mean or sum is for you to say.", lines=failure.lines, code=failure.elsewhere
            ),
        )


def _computed_in(case: Case, failure: Failure, loss: str) -> CellRecord:
    """The run that computed the loss."""
    if failure.function != "<module>":
        return case.record
    for run in reversed(case.program.runs):
        uses, code = name_uses(run.source), read(run.source)
        if uses is None or code is None:
            continue
        if loss in uses.bound or bound_to(code, loss, None) is not None:
            return run
    return case.record


def _grad_off(case: Case, run: CellRecord, name: str) -> Cause | None:
    """Gradients were off before the run began, or it turned them off for good."""
    grad = run.grad
    if grad is None or (grad.grad_before is not False and grad.grad_after is not False):
        return None
    if grad.grad_before is not False:
        return Cause(
            f"{name} has no graph: {_cell(run)} turned the recording of gradients off.",
            "`torch.set_grad_enabled(True)` turns it on again. Within `with torch.no_grad():` it "
            "is off for the block only.",
        )
    switched = None
    for earlier in reversed(case.program.runs[: _index(case, run)]):
        before = earlier.grad
        if before is not None and before.grad_after is False and before.grad_before is not False:
            switched = earlier
            break
        if before is None or before.grad_before is not False:
            break
    since = f" since {_cell(switched)}" if switched is not None else ""
    return Cause(
        f"{name} has no graph: the recording of gradients has been off{since}.",
        "`torch.set_grad_enabled(True)` turns it on again. Within `with torch.no_grad():` it is "
        "off for the block only.",
    )


def _index(case: Case, run: CellRecord) -> int:
    return next((i for i, each in enumerate(case.program.runs) if each is run), 0)


def _checkpointed(run: CellRecord, name: str) -> Cause | None:
    if not any(_FROZEN_INPUTS in each.message for each in run.warnings):
        return None
    return Cause(
        f"{name} has no graph: the checkpointed part got only inputs that require no grad.",
        "A reentrant checkpoint records nothing then, although its weights require grad. Pass "
        "`use_reentrant=False`, or let its input require grad.",
        (f"PyTorch warned in {_cell(run)}: {_FROZEN_INPUTS}.",),
    )


def _forwards_behind(failure: Failure, run: CellRecord, loss: str) -> list[tuple[Forwards, int]]:
    """The run's forwards on lines that the loss goes back to by its text, with these lines."""
    text = _text_of(failure, run, loss)
    code = read(text.source) if text is not None else None
    if text is None or code is None or run.grad is None:
        return []
    behind = lines_behind(code, loss, failure.line if text is failure.code else None)
    found: list[tuple[Forwards, int]] = []
    for entry in run.grad.forwards:
        line = _line_in(run, entry.place, text.source_hash)
        if line in behind:
            found.append((entry, line))
    return found


def _text_of(failure: Failure, run: CellRecord, loss: str) -> CellRecord | FileText | None:
    """The text that binds the loss."""
    if failure.error.file_objects is not None:
        codes = ((each, read(each.source)) for each in run.files)
        binding = [each for each, code in codes if code and bound_to(code, loss, None) is not None]
        return binding[0] if len(binding) == 1 else None
    return failure.code if failure.function != "<module>" else run


def _line_in(run: CellRecord, place: int | None, source_hash: str) -> int | None:
    """The line of one text from which a place was reached, nearest to it."""
    while place is not None:
        at = run.places[place]
        if at.source_hash == source_hash and at.line is not None:
            return at.line
        place = at.parent
    return None


def _forwards_off(
    run: CellRecord, behind: Sequence[tuple[Forwards, int]], name: str
) -> Cause | None:
    forwards = [entry for entry, _line in behind]
    if not forwards or any(_records(each) for each in forwards):
        return None
    entry, line = behind[-1]
    mode = "in inference mode" if all(each.inference for each in forwards) else "with gradients off"
    return Cause(
        f"{name} has no graph: the forward of `{entry.module}` on line {line} ran {mode}.",
        "`torch.no_grad()`, `torch.inference_mode()` or a decorator of theirs was around it: a "
        "forward that is to be trained must run outside.",
        (f"Seen in {_cell(run)}.",),
    )


def _records(entry: Forwards) -> bool:
    return entry.grad and not entry.inference


def _frozen(
    case: Case, run: CellRecord, behind: Sequence[tuple[Forwards, int]], name: str
) -> Cause | None:
    """Every module that the loss goes back to is frozen."""
    placement = run.placement
    forwards = [entry for entry, _line in behind]
    if placement is None or not forwards:
        return None
    weighty: list[PlacedModule] = []
    for each in forwards:
        root = root_of_forwards(run, case.history, each)
        if root is not None:
            weighty.append(root.module)
        else:
            roots = (*placement.modules, *placement.local_modules)
            weighty += [module for module in roots if module.class_name == each.module]
    weighty = [each for each in weighty if each.parameters]
    if not weighty or any(each.trainable_bytes != 0 for each in weighty):
        return None
    models = code_list([each.path for each in weighty[:3]])
    return Cause(
        f"{name} has no graph: no parameter of {models} requires grad.",
        "Everything in it is frozen. Let the part that is to be trained require grad: "
        "`model.head.requires_grad_(True)`.",
    )


def _cut(case: Case, failure: Failure, run: CellRecord, loss: str) -> Cause | None:
    """What the text computes the loss from."""
    cell = failure.code if failure.function != "<module>" else run
    code = read(cell.source) if cell is not None else None
    if code is None or cell is None:
        return None
    line = failure.line if cell is failure.code else None
    value = bound_to(code, loss, line)
    if value is None:
        return None
    modules = run.placement.modules if run.placement is not None else []
    bare = {each.path for each in modules if not each.parameters}
    found = cut(code, value, case.program.imports, bare)
    if found is not None:
        at, how = found
        return Cause(
            f"`{loss}` has no graph: line {at} of {_cell(cell)} computes it with `{how}`.",
            "That gives values without their history. Compute the loss from the outputs "
            "themselves, and take such values for the display only.",
        )
    return _of_constants(run, loss, value)


def _of_constants(run: CellRecord, loss: str, value: ast.expr) -> Cause | None:
    """Without a model: whether any of what the loss is computed from requires grad."""
    if run.grad is not None and run.grad.forwards:
        return None
    names = {ast.unparse(n) for n in ast.walk(value) if isinstance(n, (ast.Name, ast.Attribute))}
    placement = run.placement
    known = [each for each in placement.tensors if each.path in names] if placement else []
    if not known or any(each.requires_grad for each in known):
        return None
    if any(each.path in names for each in (placement.modules if placement else ())):
        return None
    return Cause(
        f"`{loss}` has no graph: nothing that it is computed from requires grad.",
        "What is to get a gradient must require it before it is used: `requires_grad=True` where "
        "it is made, or `.requires_grad_()`.",
        (f"{code_list([each.path for each in known[:3]])} did not require grad.",),
    )


def _cell(run: CellRecord) -> str:
    return "[?]" if run.execution_count is None else f"[{run.execution_count}]"

"""Backwards from what has no graph, or is no single number."""

from __future__ import annotations

import ast

from ...record import CellRecord
from ...words import code_list
from ..evidence.failures import Failure
from ..grammar import Case, Finding, Rule
from ..text.code import read
from ..text.first_uses import name_uses
from ..text.history import bound_to, cut
from .cause import Cause, by_hand_at, failure_of, finding_of, tensors_on_the_line
from .loss_forwards import cell_of, forwards_behind, forwards_off, frozen

_NO_GRAPH = "does not require grad and does not have a grad_fn"
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
        forwards = forwards_behind(failure, run, loss.name)
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
                or forwards_off(run, forwards, name)
                or frozen(case, run, forwards, name)
                or _cut(case, failure, run, loss.name)
            )
        if cause is None:
            return None
        return finding_of(
            failure, cause, by_hand_at(case, failure, "Why gradients were off is for you to say.")
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
            f"{name} has no graph: {cell_of(run)} turned the recording of gradients off.",
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
    since = f" since {cell_of(switched)}" if switched is not None else ""
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
        (f"PyTorch warned in {cell_of(run)}: {_FROZEN_INPUTS}.",),
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
            f"`{loss}` has no graph: line {at} of {cell_of(cell)} computes it with `{how}`.",
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

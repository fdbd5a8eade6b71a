"""Tensors that were changed in place although a backward needs them, or counts on them."""

from __future__ import annotations

import ast
import re

from ...words import code_list
from ..evidence.failures import Failure
from ..grammar import Case, Finding, Rule
from ..text.changes import Change, changes
from ..text.code import read
from .cause import Cause, by_hand_at, failure_of, said, tensors_on_the_line

_CHANGED = "has been modified by an inplace operation"
_WHAT = re.compile(r"\[\S+ (\[[\d, ]*\])\](?:, which is output \d+ of (\w+),)?")
_LEAF = "leaf Variable that requires grad is being used in an in-place operation"
_LONGEST = 80


class InplaceModification(Rule):
    """A tensor that the backward needs as it was has been changed in place after the forward.

    Evidence: PyTorch's error, with the size and the version of the tensor; the variables that have
    such a tensor, the optimizers' steps of the run, and the statements that change it.

    Fix: By hand: compute a new tensor (`x = x + 1` for `x += 1`); run backwards before the
    optimizer's step.

    Silent: For other errors of autograd.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd

    Notes: The wording is that of PyTorch 2.4 to 2.15; since 2.13 it names operations without
    `Backward0`. A variable is named only if its tensor is of the failing graph and has the very
    version. A statement counts if it names that variable.
    """

    id = "inplace-modification"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's error, and what it can be of."""
        failure = failure_of(case, _CHANGED, names=("RuntimeError",))
        what = _WHAT.search(failure.error.message) if failure is not None else None
        if failure is None or what is None:
            return None
        cause = _cause(case, failure, what)
        return Finding(
            title=cause.title,
            explanation=cause.advice,
            evidence=[said(failure.error).partition(" Hint:")[0], *cause.facts],
            remedy=by_hand_at(case, failure, "What the change is for only you can say."),
        )


class LeafInplace(Rule):
    """A parameter, or another leaf that requires grad, is changed while autograd records.

    Evidence: PyTorch's error, and the leaves that the failing line names.

    Fix: By hand: change it within `with torch.no_grad():`.

    Silent: For other errors of autograd.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd

    Notes: The wording is that of PyTorch 2.4 to 2.15. Whether the change belongs to the model's
    function, which would want a new tensor, only the user knows: there is no fix.
    """

    id = "leaf-inplace"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's error of a leaf."""
        failure = failure_of(case, _LEAF, names=("RuntimeError",))
        if failure is None:
            return None
        leaves = [
            each.parameter or each.name
            for each in tensors_on_the_line(failure.error)
            if each.is_leaf and each.requires_grad
        ]
        if len(leaves) != 1 or not failure.error.direct:
            return None
        return Finding(
            title=f"`{leaves[0]}` requires grad and is changed in place while autograd records.",
            explanation=(
                "The gradient would be of values that are gone. To set or update it by hand, as "
                "when weights are initialised, do it within `with torch.no_grad():`. If the "
                "change is a part of what is computed, make a new tensor of it."
            ),
            evidence=[said(failure.error), f"`{leaves[0]}` is a leaf that requires grad."],
            remedy=by_hand_at(case, failure, "What the change is for only you can say."),
        )


def _cause(case: Case, failure: Failure, what: re.Match[str]) -> Cause:
    shape = what[1]
    made_by = (what[2] or "").removesuffix("Backward0").removesuffix("Backward1")
    parameters = [each.name for each in failure.error.changed if each.parameter]
    others = [each.name for each in failure.error.changed if not each.parameter]
    steps, line = case.grad.optimizer_steps, case.line(case.grad.last_step_place)
    if parameters and not others and steps:
        at = f" on line {line}" if line is not None else ""
        return Cause(
            f"{code_list(parameters)} {shape} was changed by an optimizer's step before this "
            "backward.",
            "The graph was recorded with the weights as they were before the step. Run all "
            "backwards that need them before the first step, or compute this loss again after it. "
            "What another model has made, or what is carried from step to step, is passed on with "
            "`.detach()`.",
            (f"An optimizer stepped{at} in this run.",),
        )
    if len(others) == 1 and not parameters:
        return _of_a_variable(case, failure, others[0], shape, made_by)
    title = f"A tensor of {shape}" + (f", which {made_by} had made," if made_by else "")
    return Cause(
        f"{title} was changed in place after the forward had saved it.",
        "The backward needs it as it was. "
        + _in_place(_changes(case, failure))
        + "`torch.autograd.set_detect_anomaly(True)` in one run shows the line of the forward "
        "whose backward fails.",
    )


def _of_a_variable(case: Case, failure: Failure, name: str, shape: str, made_by: str) -> Cause:
    saved = f" after {made_by} had saved it" if made_by else ""
    told = _in_place([each for each in _changes(case, failure) if each[0].name == name])
    return Cause(
        f"`{name}` {shape} was changed in place{saved}, and the backward needs it as it was.",
        f"{told}Compute a new tensor instead: `x = x + 1` for `x += 1`.",
    )


def _changes(case: Case, failure: Failure) -> list[tuple[Change, str]]:
    """What the run's text changes in place, and that of the modules that it called, and where."""
    found = [(each, "") for each in changes(case.record.source)]
    if failure.elsewhere is not None:
        where = f" of `{failure.function}`"
        found += [(each, where) for each in changes(failure.elsewhere.source)]
    known = {change for change, _where in found}
    return [*found, *(each for each in _forwards(case) if each[0] not in known)]


def _forwards(case: Case) -> list[tuple[Change, str]]:
    """What the classes of the run's modules change in place, as far as cells define them."""
    called = {each.module for each in case.grad.forwards}
    found: list[tuple[Change, str]] = []
    for cell in case.program.cells:
        code = read(cell.source) if any(f"class {name}" in cell.source for name in called) else None
        for node in code.tree.body if code is not None else ():
            if isinstance(node, ast.ClassDef) and node.name in called:
                end = node.end_lineno or node.lineno
                where = "" if cell is case.record else f" of `{node.name}`"
                own = [each for each in changes(cell.source) if node.lineno <= each.line <= end]
                found += [(each, where) for each in own]
    return found


def _in_place(found: list[tuple[Change, str]]) -> str:
    """The only change, as a sentence with a blank behind it; empty if there are others."""
    if len(found) != 1:
        return ""
    change, where = found[0]
    text = change.text if len(change.text) <= _LONGEST else f"{change.text[:_LONGEST]}…"
    return f"`{text}` on line {change.line}{where} changes `{change.name}` in place. "

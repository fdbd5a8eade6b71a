"""Optimizers whose gradients are made and cleared, and never used."""

from __future__ import annotations

from collections.abc import Callable

from ... import fixes
from ...record import CellRecord, Optimizer
from ...words import count_of
from ..evidence.functions.view import run_of
from ..evidence.gradient_readers import may_read_gradients
from ..evidence.optimizers import Made, called
from ..grammar import Case, Finding, Remedy, Rule
from ..grammar.case import function_of
from ..text.program import Program, Site
from ..text.sites import sites_of_run
from .order import steps_of_run

_LEAST_BACKWARDS = 5


class OptimizerNeverSteps(Rule):
    """A training loop clears the gradients and computes new ones, and no step uses them: nothing
    is learnt. `optimizer.step()` is missing, or stands there without its parentheses.

    Evidence: At least five backwards in the run, `zero_grad` of the only optimizer before or after
    each, in the same loop, and no step of any optimizer or scaler.

    Fix: Puts `optimizer.step()` below the backward.

    Silent: Where the code that ran has a `step`, if only in a branch; where gradients are read
    (`.grad`, hooks, norms), or may be, as the model or the optimizer is given to code that no cell
    shows; several optimizers; fewer backwards; gradients that are not cleared between.

    Sources:
        https://docs.pytorch.org/docs/stable/optim.html#taking-an-optimization-step

    Notes: Gradients that add up over several cells may be for a step in a later one; those that
    are cleared with each pass are for none. Nothing is predicted: what changes is what is learned.
    """

    id = "optimizer-never-steps"
    severity = "high"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """A loop that clears and computes gradients in a run without any step."""
        run, grad = run_of(case.record), case.grad
        if not _computes_in_vain(run) or not grad.backwards or run.status != "ok":
            return None
        known = _optimizers(case.program, run)
        entry = known[0] if len(known) == 1 else None
        if entry is None or entry.count > 1 or entry.skipped or entry.shared_parameters == 0:
            return None
        backward, name = _loop(case, entry)
        if backward is None or name is None or not Made(entry, case.program).is_of_torch():
            return None
        if steps_of_run(case.program)[1] or _is_seen_elsewhere(case, entry, name):
            return None
        backwards = count_of(grad.backwards, "backward")
        return Finding(
            title=f"{called(entry, start=True)} never steps: {backwards} computed gradients "
            "that nothing used.",
            explanation=(
                f"The loop clears the gradients and computes new ones, and no step goes along "
                f"them: the parameters stay as they are. `{name}.step()` belongs below the "
                "backward, with its parentheses."
            ),
            evidence=[
                f"There were {backwards}, {count_of(grad.zero_grads, 'call')} of `zero_grad` and "
                "no step of any optimizer.",
                f"{called(entry, start=True)} has {count_of(_parameters(entry), 'parameter')}"
                + (f" of `{entry.module}`." if entry.module else "."),
            ],
            remedy=_step_after(case, backward, name),
        )


def _computes_in_vain(run: CellRecord) -> bool:
    """Whether gradients were computed and cleared again and again, and no step was tried."""
    grad = run.grad
    if grad is None or grad.backwards < _LEAST_BACKWARDS or grad.scaler is not None:
        return False
    return not grad.optimizer_steps and grad.zero_grads >= grad.backwards - 1


def _optimizers(program: Program, run: CellRecord) -> list[Optimizer]:
    """Those of the run, or of the session: no later run tells of an idle one in an attribute."""
    if run.optimizers:
        return run.optimizers
    found = {each.variable: each for one in program.runs for each in one.optimizers}
    return list(found.values())


def _step_after(case: Case, backward: Site, name: str) -> Callable[[], Remedy]:
    cell, place = backward.record, backward.call.place
    return case.edit(
        lambda: fixes.training_loop.step_after(cell.source, place, name, cell_id=cell.cell_id),
        backward,
    )


def _loop(case: Case, entry: Optimizer) -> tuple[Site | None, str | None]:
    """The only backward that ran, and how the optimizer is called in its loop."""
    program = case.program
    backwards = sites_of_run(program, program.methods("backward"))
    if len(backwards) != 1 or backwards[0].record is not program.record:
        return None, None
    backward = backwards[0].call
    if not backward.loops or not backward.is_statement:
        return None, None
    names = {
        site.call.receiver
        for site in program.methods("zero_grad")
        if site.record is backwards[0].record and site.call.loops == backward.loops
    }
    known = {entry.variable, entry.name}
    if function_of(program.record) is not None:  # an argument's name, as a rule
        known |= {each.rpartition(".")[2] for each in known if each}
    name = next((each for each in names if each in known), None)
    return (backwards[0], name) if name is not None else (None, None)


def _is_seen_elsewhere(case: Case, entry: Optimizer, name: str) -> bool:
    """Whether code that no text shows may take the step, or reads the gradients."""
    parts = {name, *filter(None, (entry.variable, entry.module))}
    return case.grad.clips > 0 or may_read_gradients(case.program, case.record, parts)


def _parameters(entry: Optimizer) -> int:
    return sum(group.parameters for group in entry.groups)

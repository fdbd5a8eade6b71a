"""Learning-rate schedulers that step before the optimizer."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from ... import fixes
from ..grammar import Case, Finding, Remedy, Rule
from ..text.code import read, resolve
from ..text.program import Program, Site
from ..text.sites import block_of, mentions, sites_of_run

_BESIDE_SCHEDULES = frozenset({"append", "print", "range"})
_WARNING = "lr_scheduler.step()` before `optimizer.step()"


class SchedulerBeforeOptimizer(Rule):
    """The learning-rate scheduler steps before the optimizer, so that the first value of the
    schedule is skipped.

    Evidence: PyTorch's own warning, raised in the cell.

    Fix: Swaps the two lines, or moves the scheduler's step to the end of its loop where the
    optimizer steps in a loop below it.

    Silent: Where a `GradScaler` is used, which may leave the first step out; schedules that are
    plotted or caught up with.

    Sources:
        https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate

    Notes: A scaler leaves steps out when gradients overflow, which raises the warning in correct
    code. A schedule is plotted where nothing is trained, and caught up with, for a training that
    goes on, where a loop does nothing but step the scheduler. Nothing is predicted but other
    results.
    """

    id = "scheduler-before-optimizer"
    severity = "medium"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's warning in a run that trained without a scaler."""
        raised = [each for each in case.record.warnings if _WARNING in each.message]
        if not raised or case.grad.scaler is not None or not case.grad.optimizer_steps:
            return None
        if mentions(case.program, "GradScaler"):
            return None
        schedulers, others = steps_of_run(case.program)
        if any(_only_schedules(site) for site in schedulers):
            return None
        site, line = schedulers[0] if len(schedulers) == 1 else None, case.line(raised[0].place)
        who = f"`{site.call.receiver}`" if site is not None else "The learning-rate scheduler"
        where = f" on line {line}" if line else ""
        if site is None or not site.call.is_statement:
            remedy = case.by_hand(
                "The text does not tell which step is the scheduler's.",
                lines=[line],
            )
        else:
            remedy = _step_below(case, site, others)
        return Finding(
            title=f"{who} steps before the optimizer and skips the first learning rate.",
            explanation=(
                "A scheduler that steps first moves on before its first learning rate was used. "
                "Its step belongs below the optimizer's. The learning rates of all steps change "
                "with it."
            ),
            evidence=[f"PyTorch warned of `lr_scheduler.step()` before `optimizer.step()`{where}."],
            remedy=remedy,
        )


def _step_below(case: Case, scheduler: Site, others: Sequence[Site]) -> Callable[[], Remedy]:
    below = steps_below(scheduler, others)
    optimizer = below[0].call.place if len(below) == 1 else None
    cell, call = scheduler.record, scheduler.call
    if optimizer is None and not call.loops:
        return case.by_hand(f"Move the step of line {call.line} below the training.", scheduler)
    return case.edit(
        lambda: fixes.training_loop.step_below(
            cell.source, call.place, optimizer, cell_id=cell.cell_id
        ),
        scheduler,
    )


def steps_of_run(program: Program) -> tuple[list[Site], list[Site]]:
    """The calls of ``step`` in the code that ran: of schedulers, and of others."""
    made: set[str] = set()
    for code in map(read, (cell.source for cell in program.cells)):
        for call in code.calls if code is not None else ():
            if "lr_scheduler." in resolve(call.name, program.imports):
                statement = call.statement
                if isinstance(statement, ast.Assign) and statement.value is call.node:
                    made.update(map(ast.unparse, statement.targets))
    schedulers: list[Site] = []
    others: list[Site] = []
    for site in sites_of_run(program, program.methods("step")):
        name = site.call.receiver
        is_scheduler = name in made or "sched" in name.lower()
        (schedulers if is_scheduler else others).append(site)
    return schedulers, others


def steps_below(scheduler: Site, others: Sequence[Site]) -> list[Site]:
    """Those of other steps that are statements below a scheduler's in its block."""
    code, statement = read(scheduler.record.source), scheduler.call.statement
    block = block_of(code, statement) if code is not None else []
    below = block[block.index(statement) + 1 :] if block else []
    return [
        site
        for site in others
        if site.record is scheduler.record
        and site.call.is_statement
        and site.call.statement in below
    ]


def _only_schedules(site: Site) -> bool:
    """Whether the loop around a scheduler's step calls nothing that could train."""
    code = read(site.record.source)
    if code is None or not site.call.loops:
        return False
    loop = site.call.loops[-1]
    inside = [call for call in code.calls if loop in call.parents]
    return all(
        call.receiver == site.call.receiver or call.method in _BESIDE_SCHEDULES for call in inside
    )

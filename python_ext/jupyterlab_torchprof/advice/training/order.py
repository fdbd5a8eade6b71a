"""Learning-rate schedulers that step before the optimizer."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Program, Site, read, resolve
from ..text.sites import block_of, is_statement, mentions, sites_of_run

_BESIDE_SCHEDULES = frozenset({"append", "print", "range"})
_WARNING = "lr_scheduler.step()` before `optimizer.step()"


@dataclass(frozen=True, slots=True)
class Early:
    """A scheduler that stepped first."""

    record: CellRecord
    line: int | None
    scheduler: Site | None
    optimizer: Site | None
    """Below the scheduler's in the same block; ``None``: somewhere else."""


class SchedulerBeforeOptimizer(OldRule[Early]):
    """PyTorch warned that the scheduler stepped before the optimizer.

    The finding is that warning, raised in the run; the text says where the scheduler steps. The
    first value of the schedule is skipped, so nothing can be predicted but other results.

    Silent where a ``GradScaler`` is used: it leaves the first steps out when gradients overflow,
    which raises the warning in correct code. Silent, too, where nothing is trained (a schedule
    that is plotted) and where a loop does nothing but step the scheduler (it catches up with a
    training that goes on).
    """

    id: ClassVar[str] = "scheduler-before-optimizer"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        "The learning-rate scheduler steps before the optimizer, so that the first value of the "
        "schedule is skipped."
    )
    proof: ClassVar[str] = "PyTorch's own warning, raised in the cell."
    cure: ClassVar[str] = (
        "Swaps the two lines, or moves the scheduler's step to the end of its loop where the "
        "optimizer steps in a loop below it."
    )
    silent: ClassVar[str] = (
        "Where a `GradScaler` is used, which may leave the first step out; schedules that are "
        "plotted or caught up with."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Early | None:
        """See the class."""
        raised = [each for each in record.warnings if _WARNING in each.message]
        grad = record.grad
        if not raised or grad is None or grad.scaler is not None or not grad.optimizer_steps:
            return None
        program = Program(record, history)
        if mentions(program, "GradScaler"):
            return None
        schedulers, others = steps_of_run(program)
        if any(_only_schedules(site) for site in schedulers):
            return None
        scheduler = schedulers[0] if len(schedulers) == 1 else None
        below = steps_below(scheduler, others) if scheduler is not None else []
        optimizer = below[0] if len(below) == 1 else None
        return Early(record, raised[0].line, scheduler, optimizer)

    def title(self, finding: Early) -> str:
        """One sentence."""
        name = finding.scheduler.call.receiver if finding.scheduler is not None else None
        who = f"`{name}`" if name else "The learning-rate scheduler"
        return f"{who} steps before the optimizer and skips the first learning rate."

    def explanation(self, finding: Early) -> str:
        """What happens and what can be done."""
        return (
            "A scheduler that steps first moves on before its first learning rate was used. Its "
            "step belongs below the optimizer's. The learning rates of all steps change with it."
        )

    def evidence(self, finding: Early) -> list[str]:
        """Facts of the record."""
        where = f" on line {finding.line}" if finding.line else ""
        return [f"PyTorch warned of `lr_scheduler.step()` before `optimizer.step()`{where}."]

    def remedy(self, finding: Early) -> Remedy:
        """Let it step below."""
        from ...fixes.training_loop import CannotFix, step_below  # libcst takes a while to import

        site = finding.scheduler
        if site is None or not is_statement(site):
            return Remedy(
                refusal="The text does not tell which step is the scheduler's.",
                lines=[finding.line] if finding.line else [],
            )
        code = None if site.record is finding.record else site.record
        other = finding.optimizer
        try:
            if not site.call.loops and other is None:
                raise CannotFix(f"Move the step of line {site.call.line} below the training.")
            fix = step_below(
                site.record.source,
                site.call.place,
                other.call.place if other is not None else None,
                cell_id=site.record.cell_id,
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[site.call.line], code=code)
        return Remedy(fix=fix, lines=[site.call.line], code=code)


def steps_of_run(program: Program) -> tuple[list[Site], list[Site]]:
    """The calls of ``step`` in the code that ran: of schedulers, and of others."""
    made: set[str] = set()
    for cell in program.cells:
        code = read(cell.source) if "lr_scheduler" in cell.source else None
        for node in ast.walk(code.tree) if code is not None else ():
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                name = resolve(ast.unparse(node.value.func), program.imports)
                if "lr_scheduler." in name:
                    made.update(each.id for each in node.targets if isinstance(each, ast.Name))
    schedulers: list[Site] = []
    others: list[Site] = []
    for site in sites_of_run(program, program.methods("step")):
        name = site.call.receiver
        is_scheduler = name in made or "sched" in name.lower()
        (schedulers if is_scheduler else others).append(site)
    return schedulers, others


def steps_below(scheduler: Site, others: Sequence[Site]) -> list[Site]:
    """Those of other steps that stand below a scheduler's in its block."""
    return [site for site in others if _is_below(site, scheduler)]


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


def _is_below(site: Site, scheduler: Site) -> bool:
    code = read(site.record.source)
    if code is None or site.record is not scheduler.record or not is_statement(site):
        return False
    block = block_of(code, scheduler.call.statement)
    index = {id(each): number for number, each in enumerate(block)}
    own = index.get(id(scheduler.call.statement), -1)
    return index.get(id(site.call.statement), -1) > own

"""How gradients are cleared between steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Optimizer, Severity
from ...units import format_bytes
from ...words import count_of
from ..evidence.memory import is_worth_saying, memory_entry
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Call, Program, Site
from ..text.sites import is_statement, mentions, sites_of_run
from .order import steps_of_run

_READS_GRADIENT = re.compile(r"\.grad\b(?!\.zero_\(|\s+is\b|\s*:|\s*=\s*None)")
_LEAST_KEPT = 3


@dataclass(frozen=True, slots=True)
class Zeroed:
    """Gradients that are filled with zeros instead of freed."""

    record: CellRecord
    sites: list[Site]
    """All in one cell."""
    by_hand: bool
    size: int
    """Bytes of the gradients that modules have."""
    device: str


class ZeroGradSetToNone(OldRule[Zeroed]):
    """Gradients stay allocated between steps because they are filled with zeros.

    The finding is a ``zero_grad(set_to_none=False)`` that was called in the run, or a
    ``p.grad.zero_()`` in the text of a run that trained, and gradients worth 1 MB or 1 % of the
    device. Since PyTorch 2.0 gradients are freed unless told otherwise, so an absent argument is
    no evidence. Nothing is predicted: after the last backward the gradients are there again.

    Silent when any cell reads a gradient otherwise, for it may count on the zeros. The fix is
    not among those that are applied together: parameters without a gradient are left alone by
    the optimizer then, where zeros let momentum and weight decay go on.
    """

    id: ClassVar[str] = "zero-grad-set-to-none"
    severity: ClassVar[Severity] = "low"
    what: ClassVar[str] = (
        "Gradients are filled with zeros between steps, so that they stay allocated during the "
        "forward, and each is written and then added to."
    )
    proof: ClassVar[str] = (
        "Calls of `zero_grad(set_to_none=False)`, or `p.grad.zero_()` in a cell that trained, and "
        "modules whose gradients take at least 1 MB or 1 % of the device."
    )
    cure: ClassVar[str] = (
        "Drops the argument, or writes `p.grad = None`. Parameters that get no gradient in a step "
        "are then left alone by the optimizer."
    )
    silent: ClassVar[str] = "When any cell reads `.grad`; small gradients."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Zeroed | None:
        """See the class."""
        grad = record.grad
        if grad is None or not grad.backwards or record.placement is None:
            return None
        by_hand = ".grad.zero_()" in record.source
        if not grad.zero_grads_kept and not by_hand:
            return None
        modules = [module for module in record.placement.modules if module.gradient_bytes]
        size = sum(module.gradient_bytes for module in modules)
        device = next(iter(modules[0].devices), "cpu") if modules else "cpu"
        if not modules or not is_worth_saying(size, memory_entry(record, device)):
            return None
        program = Program(record, history)
        if any(_READS_GRADIENT.search(cell.source) for cell in program.cells):
            return None
        if grad.zero_grads_kept:
            found = [each for each in program.methods("zero_grad") if keeps_zeros(each.call)]
        else:
            found = [each for each in program.methods("zero_") if is_gradient(each.call)]
        sites = sites_of_run(program, found)
        if not sites:
            return None
        sites = [each for each in sites if each.record is sites[0].record]
        return Zeroed(record, sites, not grad.zero_grads_kept, size, device)

    def title(self, finding: Zeroed) -> str:
        """One sentence."""
        return f"{format_bytes(finding.size)} of gradients are zeroed instead of freed."

    def explanation(self, finding: Zeroed) -> str:
        """What happens and what can be done."""
        return (
            "Zeroed gradients stay allocated while the next forward runs. Set to `None`, which is "
            "the default since PyTorch 2.0, they are freed, and the next backward makes them "
            "anew. Parameters that get no gradient in a step are then left alone by the optimizer."
        )

    def evidence(self, finding: Zeroed) -> list[str]:
        """Facts of the record."""
        line = finding.sites[0].call.line
        grad = finding.record.grad
        calls = grad.zero_grads_kept if grad is not None else 0
        first = (
            f"Line {line} fills the gradients of parameters with zeros."
            if finding.by_hand
            else f"`zero_grad` kept the gradients allocated in {count_of(calls, 'call')}."
        )
        return [
            first,
            f"The gradients take {format_bytes(finding.size)} on {finding.device} "
            "when the cell has ended.",
        ]

    def remedy(self, finding: Zeroed) -> Remedy:
        """Free them."""
        from ...fixes.training_loop import CannotFix, clear_by_none, drop_arguments

        record = finding.sites[0].record
        lines = sorted({site.call.line for site in finding.sites})
        places = [site.call.place for site in finding.sites]
        code = None if record is finding.record else record
        try:
            if finding.by_hand:
                fix = clear_by_none(record.source, places, cell_id=record.cell_id)
            else:
                fix = drop_arguments(
                    record.source, places, "set_to_none", safe=False, cell_id=record.cell_id
                )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


@dataclass(frozen=True, slots=True)
class Uncleared:
    """An optimizer whose gradients nobody clears."""

    record: CellRecord
    optimizer: Optimizer
    backward: Site | None
    """The only backward of the code that ran."""
    name: str | None
    """How the optimizer is called next to it."""


class MissingZeroGrad(OldRule[Uncleared]):
    """Gradients of all steps add up because nothing clears them.

    The finding is an optimizer that stepped at least three times on the very gradient tensors of
    the step before, with no ``zero_grad`` between. Nothing is predicted: what changes is what is
    learned.

    Silent for LBFGS, whose closure clears them; where any text of the run mentions ``.grad``;
    where several backwards go with a step, which is accumulation on purpose; where another
    optimizer stepped, which may share the parameters; and where no text calls a backward, for the
    library that does may clear gradients in its own way.
    """

    id: ClassVar[str] = "missing-zero-grad"
    severity: ClassVar[Severity] = "high"
    what: ClassVar[str] = (
        "Nothing clears the gradients between steps, so that each step goes along the sum of all "
        "gradients so far."
    )
    proof: ClassVar[str] = (
        "An optimizer took at least three steps with the gradient tensors of the step before, and "
        "no `zero_grad` was called between."
    )
    cure: ClassVar[str] = "Puts `optimizer.zero_grad()` above the backward."
    silent: ClassVar[str] = (
        "LBFGS; code that mentions `.grad`; several backwards a step; several optimizers; "
        "training by a library, which may clear gradients in its own way."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/optim.html#taking-an-optimization-step",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Uncleared | None:
        """See the class."""
        grad = record.grad
        stepped = [entry for entry in record.optimizers if entry.steps]
        if grad is None or len(stepped) != 1 or grad.zero_grads:
            return None
        entry = stepped[0]
        if entry.kept_gradients < _LEAST_KEPT or entry.class_name == "LBFGS":
            return None
        if not entry.steps <= grad.backwards <= entry.steps + 1:
            return None
        program = Program(record, history)
        if mentions(program, ".grad ", ".grad)", ".grad.", ".grad,", ".grad=", ".grad\n"):
            return None
        called = list(program.methods("backward"))
        if not called:
            return None
        backwards = sites_of_run(program, called)
        site = backwards[0] if len(backwards) == 1 else None
        name = _name_beside(program, site, entry) if site is not None else None
        return Uncleared(record, entry, site, name)

    def title(self, finding: Uncleared) -> str:
        """One sentence."""
        return f"Nothing clears the gradients of {_called(finding.optimizer)} between steps."

    def explanation(self, finding: Uncleared) -> str:
        """What happens and what can be done."""
        name = finding.name or finding.optimizer.variable or "optimizer"
        return (
            "A backward adds to the gradients that are there, so that each step goes along the "
            f"sum of all gradients so far. `{name}.zero_grad()` before the backward clears them."
        )

    def evidence(self, finding: Uncleared) -> list[str]:
        """Facts of the record."""
        entry = finding.optimizer
        return [
            f"{_called(entry, start=True)} took {count_of(entry.steps, 'step')} and no "
            "`zero_grad` was called.",
            f"{count_of(entry.kept_gradients, 'step')} found the gradient tensors of the step "
            "before.",
        ]

    def remedy(self, finding: Uncleared) -> Remedy:
        """Clear them before the backward."""
        from ...fixes.training_loop import CannotFix, zero_before  # libcst takes a while to import

        site = finding.backward
        if site is None or finding.name is None:
            return Remedy(
                refusal="The text does not tell which backward the step belongs to.",
                lines=[finding.optimizer.line] if finding.optimizer.line else [],
            )
        code = None if site.record is finding.record else site.record
        source, cell_id = site.record.source, site.record.cell_id
        try:
            fix = zero_before(source, site.call.place, finding.name, cell_id=cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[site.call.line], code=code)
        return Remedy(fix=fix, lines=[site.call.line], code=code)


def keeps_zeros(call: Call) -> bool:
    """Whether a ``zero_grad`` says that gradients stay: ``False``, by keyword or position."""
    given = call.keywords.get("set_to_none") or (call.node.args[0] if call.node.args else None)
    return getattr(given, "value", None) is False


def is_gradient(call: Call) -> bool:
    """Whether ``zero_`` is called on a gradient: ``p.grad.zero_()``."""
    return call.receiver.endswith(".grad")


def _name_beside(program: Program, backward: Site, entry: Optimizer) -> str | None:
    """The name on which the function of the backward calls ``step`` without arguments."""
    schedulers, _others = steps_of_run(program)
    not_these = {site.call.receiver for site in schedulers}
    steps = [
        site.call.receiver
        for site in program.methods("step")
        if site.record is backward.record
        and site.call.receiver not in not_these
        and site.call.function == backward.call.function
        and is_statement(site)
        and not site.call.node.args
        and "?" not in site.call.receiver
    ]
    if entry.variable in steps:
        return entry.variable
    return steps[0] if len(set(steps)) == 1 else None


def _called(entry: Optimizer, *, start: bool = False) -> str:
    if entry.variable:
        return f"`{entry.variable}`"
    return f"{'An' if start else 'an'} optimizer ({entry.class_name})"

"""How optimizers were made."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Optimizer, ParameterGroup, Severity
from ...units import format_seconds
from ...words import count_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, Site, cell_key

_NOT_FOUND = "The text does not tell where this optimizer is made."

_FUSABLE = frozenset({"Adam", "AdamW", "SGD"})
"""On accelerators; Adagrad is left out, which older versions of PyTorch fuse on the CPU only."""
_NOT_HERE = frozenset({"cpu", "meta"})
_SHARE = 0.15
_FLOOR_S = 0.05
_LEAST_STEPS = 10
_MANY = 64
"""Tensors to update: with fewer there is little to fuse."""


@dataclass(frozen=True, slots=True)
class Made:
    """An optimizer that stepped, and where it was made, if that is certain."""

    record: CellRecord
    optimizer: Optimizer
    program: Program

    @property
    def name(self) -> str:
        """As code where it is a variable."""
        variable = self.optimizer.variable
        return f"`{variable}`" if variable else f"An optimizer ({self.optimizer.class_name})"

    def site(self) -> Site | None:
        """The call that made it."""
        sites = self._calls()
        own = [site for site in sites if _target(site) == self.optimizer.variable]
        found = own or sites
        return found[0] if len(found) == 1 else None

    def is_of_torch(self) -> bool:
        """Whether it is PyTorch's own class, not another one of that name.

        Either the text makes one, or a group has an option that only PyTorch's class has.
        """
        groups = self.optimizer.groups
        known = any(group.decoupled_weight_decay is not None for group in groups)
        return known or bool(self._calls())

    def _calls(self) -> list[Site]:
        of_class = self.optimizer.class_name
        names = (f"torch.optim.{of_class}", f"torch.optim.{of_class.lower()}.{of_class}")
        return list(self.program.calls(*names))


class AdamWeightDecay(OldRule[Made]):
    """Adam with weight decay, which adds it to the gradient; AdamW decays the weights.

    The finding is an optimizer of exactly the class Adam (AdamW is a subclass) that stepped in
    the run with a group whose ``weight_decay`` is above zero and not decoupled. Nothing is
    predicted: speed and memory are the same, the results are others, so the fix is never among
    those that are applied together. The fix spells ``weight_decay=0.0`` where the call gave none,
    because AdamW's default is 0.01.

    Published recipes have it, and whoever follows one wants it so: it is never more than a remark,
    and said once of each optimizer, on the first cell that steps it.
    """

    id: ClassVar[str] = "adam-weight-decay"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "`Adam(..., weight_decay=w)` adds an L2 term to the gradient, which Adam then divides by "
        "its running average: weights with large gradients hardly decay. `AdamW` decays all "
        "weights alike."
    )
    proof: ClassVar[str] = (
        "An optimizer of exactly the class `Adam` stepped with a group whose `weight_decay` is "
        "above zero and not decoupled."
    )
    cure: ClassVar[str] = (
        "Makes it `AdamW` with the same number, which regularises differently: results change, "
        "and the weight decay wants tuning again. Speed and memory stay the same."
    )
    silent: ClassVar[str] = (
        "No weight decay; AdamW; `decoupled_weight_decay=True`; other classes of that name; "
        "further cells with the same optimizer."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://arxiv.org/abs/1711.05101",
        "https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Made | None:
        """See the class."""
        for entry in record.optimizers:
            if entry.steps and entry.class_name == "Adam" and _decays(entry):
                made = Made(record, entry, Program(record, history))
                if made.is_of_torch() and not _is_said(self.id, made, history):
                    return made
        return None

    def title(self, finding: Made) -> str:
        """One sentence."""
        return f"{finding.name} is Adam with weight decay, which is not the decay of AdamW."

    def explanation(self, finding: Made) -> str:
        """What happens and what can be done."""
        return (
            "Adam adds the decay to the gradient and then divides by the gradient's running "
            "average, so that weights with large gradients hardly decay; AdamW takes the same "
            "share of every weight. The same number is a different regulariser there: results "
            "change and the weight decay wants tuning again. Speed and memory stay the same."
        )

    def evidence(self, finding: Made) -> list[str]:
        """Facts of the record."""
        groups = finding.optimizer.groups
        decays = sorted({group.weight_decay or 0.0 for group in groups if _is_l2(group)})
        values = ", ".join(f"{decay:g}" for decay in decays)
        return [
            f"{finding.name} took {count_of(finding.optimizer.steps, 'step')} with weight decay "
            f"{values}, not decoupled."
        ]

    def remedy(self, finding: Made) -> Remedy:
        """Change the class where it is made."""
        from ...fixes.optimizer import CannotFix, adam_to_adamw  # libcst takes a while to import

        site, record = finding.site(), finding.record
        if site is None:
            return Remedy(refusal=_NOT_FOUND)
        code = None if site.record is record else site.record
        try:
            fix = adam_to_adamw(
                site.record.source,
                site.call.place,
                imports=finding.program.imports,
                torch_name=record.placement.torch_name if record.placement else None,
                cell_id=site.record.cell_id,
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[site.call.line], code=code)
        return Remedy(fix=fix, lines=[site.call.line], code=code)


class FusedOptimizer(OldRule[Made]):
    """The steps of an optimizer take a noticeable share of the time although they can be fused.

    The finding is an optimizer of at least 64 tensors on an accelerator with fused kernels whose
    measured steps make more than 15 % of the run and 50 ms, and whose ``fused`` and ``foreach``
    were left open. Nothing is predicted: what a fused kernel gains depends on the sizes of the
    parameters, so the cell is measured again. Rounding may differ.
    """

    id: ClassVar[str] = "fused-optimizer"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "The steps of an optimizer take a noticeable share of the cell's time. A fused kernel "
        "updates many parameters at once."
    )
    proof: ClassVar[str] = (
        "At least 64 tensors of parameters, and measured steps of more than 15 % of the run on an "
        "accelerator, neither `fused` nor `foreach` given."
    )
    cure: ClassVar[str] = "Passes `fused=True`; run the cell again to see what it gains."
    silent: ClassVar[str] = (
        "On the CPU; where `fused` or `foreach` was given; for other than floating-point "
        "parameters; for few tensors; steps of less than 15 % of the run or 50 ms."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/optim.html#algorithms",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Made | None:
        """See the class."""
        for entry in record.optimizers:
            if entry.steps < _LEAST_STEPS or entry.class_name not in _FUSABLE:
                continue
            spent = _time_of_steps(entry)
            if sum(group.parameters for group in entry.groups) < _MANY:
                continue
            if spent < _FLOOR_S or spent < _SHARE * record.duration_s or not _is_open(entry):
                continue
            made = Made(record, entry, Program(record, history))
            if made.is_of_torch():
                return made
        return None

    def title(self, finding: Made) -> str:
        """One sentence."""
        share = _time_of_steps(finding.optimizer) / finding.record.duration_s
        return f"The steps of {_in_sentence(finding)} took {share:.0%} of the cell's time."

    def explanation(self, finding: Made) -> str:
        """What happens and what can be done."""
        return (
            "With `fused=True` one kernel updates many parameters, where now several kernels are "
            "started one after the other. Run the cell again to see what it gains here; rounding "
            "may differ."
        )

    def evidence(self, finding: Made) -> list[str]:
        """Facts of the record."""
        entry = finding.optimizer
        mean, run = entry.timed_s / entry.timed_steps, finding.record.duration_s
        parameters = sum(group.parameters for group in entry.groups)
        return [
            f"{count_of(entry.timed_steps, 'step')} of {entry.steps:,} took "
            f"{format_seconds(mean)} each, in a run of {format_seconds(run)}.",
            f"It updates {count_of(parameters, 'tensor')} on {', '.join(entry.devices)}.",
        ]

    def remedy(self, finding: Made) -> Remedy:
        """Ask for the fused kernel where it is made."""
        from ...fixes.optimizer import CannotFix, add_option  # libcst takes a while to import

        site, record = finding.site(), finding.record
        if site is None:
            return Remedy(refusal=_NOT_FOUND)
        code = None if site.record is record else site.record
        place, cell_id = site.call.place, site.record.cell_id
        try:
            fix = add_option(site.record.source, place, "fused", "True", cell_id=cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[site.call.line], code=code)
        return Remedy(fix=fix, lines=[site.call.line], code=code)


def _target(site: Site) -> str | None:
    """The variable that a call is assigned to."""
    statement = site.call.statement
    if isinstance(statement, ast.Assign) and statement.value is site.call.node:
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else None
    return None


def _is_l2(group: ParameterGroup) -> bool:
    return bool(group.weight_decay and group.weight_decay > 0) and not group.decoupled_weight_decay


def _decays(entry: Optimizer) -> bool:
    return any(_is_l2(group) for group in entry.groups)


def _is_open(entry: Optimizer) -> bool:
    kinds = {device.partition(":")[0] for device in entry.devices}
    options = [option for group in entry.groups for option in (group.fused, group.foreach)]
    floating = all("float" in dtype for dtype in entry.parameter_bytes)
    return bool(kinds) and not kinds & _NOT_HERE and set(options) == {None} and floating


def _time_of_steps(entry: Optimizer) -> float:
    return entry.timed_s / entry.timed_steps * entry.steps if entry.timed_steps else 0.0


def _in_sentence(finding: Made) -> str:
    variable = finding.optimizer.variable
    return f"`{variable}`" if variable else f"an optimizer ({finding.optimizer.class_name})"


def _is_said(rule: str, made: Made, history: Sequence[CellRecord]) -> bool:
    """Whether another cell has the same advice on the same optimizer."""
    site, record = made.site(), made.record
    for run in history:
        if run is record:
            break
        if cell_key(run) == cell_key(record):
            continue
        steps = [each for each in run.optimizers if each.steps and each.class_name == "Adam"]
        same = any(each.variable == made.optimizer.variable for each in steps)
        if same and any(advice.rule == rule for advice in run.advice):
            return site is None or not _is_newer(site.record, run, history)
    return False


def _is_newer(maker: CellRecord, run: CellRecord, history: Sequence[CellRecord]) -> bool:
    """Whether the optimizer was made anew since a run."""
    order = {id(each): number for number, each in enumerate(history)}
    return order.get(id(maker), 0) > order.get(id(run), 0)

"""Optimizers that update parameters which no model uses any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...record import Action, CellRecord, Severity
from ...words import count_of
from ..evidence.optimizers import Made
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program

_NOT_FOUND = "Make the optimizer again where it is made: the text does not tell where that is."


class OptimizerStale(OldRule[Made]):
    """The model was made again, its optimizer was not: training changes nothing.

    The finding is an optimizer that stepped in the run and shares no parameter with the module
    that its variable stands for now, which is another module than the one it was made for.
    Nothing is predicted. The action runs the cell that makes the optimizer; where one cell makes
    both, that is the cell to run.
    """

    id: ClassVar[str] = "optimizer-stale"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "The cell of a model ran again and made a new one; the optimizer still updates the "
        "parameters of the old one, so training changes nothing."
    )
    proof: ClassVar[str] = (
        "An optimizer stepped that has no parameter of the module which the variable holds now."
    )
    cure: ClassVar[str] = "Runs the optimizer's cell again, or makes it in the model's cell."
    silent: ClassVar[str] = (
        "For an optimizer that shares a parameter with the model, and for one whose module still "
        "has a variable."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/optim.html#constructing-it",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Made | None:
        """See the class."""
        return _lost(record, history, "module")

    def title(self, finding: Made) -> str:
        """One sentence."""
        return f"{finding.name} updates an old model, not `{finding.optimizer.lost_module}`."

    def explanation(self, finding: Made) -> str:
        """What happens and what can be done."""
        module = finding.optimizer.lost_module
        return (
            f"`{module}` was made again after the optimizer. The optimizer still has the "
            f"parameters of the model before, so its steps leave `{module}` as it is. Make the "
            "optimizer again, and train again."
        )

    def evidence(self, finding: Made) -> list[str]:
        """Facts of the record."""
        return _facts(finding)

    def remedy(self, finding: Made) -> Remedy:
        """Run the cell that makes the optimizer."""
        return _make_again(
            finding, "Nothing is wrong with the text: the cells ran in another order."
        )


class OptimizerBeforeParamSwap(OldRule[Made]):
    """The parameters of a model were replaced after its optimizer had been made.

    The finding is an optimizer that stepped in the run and shares no parameter with the very
    module that it was made for: ``load_state_dict(assign=True)`` replaces them, and on some
    devices ``.to()`` does. Frozen subsets and averaged copies share parameters or are other
    modules. The action runs the optimizer's cell again. An optimizer and the replacement in one
    cell are not seen, since whose parameters it had is known only when a cell has ended.
    """

    id: ClassVar[str] = "optimizer-before-param-swap"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "The parameters of a model were replaced after its optimizer was made: training changes "
        "nothing. `load_state_dict(..., assign=True)` replaces them, and so does `.to()` on some "
        "devices."
    )
    proof: ClassVar[str] = (
        "An optimizer stepped that has no parameter of the module any more that it was made for."
    )
    cure: ClassVar[str] = "Runs the optimizer's cell again."
    silent: ClassVar[str] = "For an optimizer that still has a parameter of the model."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html"
        "#torch.nn.Module.load_state_dict",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Made | None:
        """See the class."""
        return _lost(record, history, "parameters")

    def title(self, finding: Made) -> str:
        """One sentence."""
        return f"{finding.name} has none of the parameters of `{finding.optimizer.lost_module}`."

    def explanation(self, finding: Made) -> str:
        """What happens and what can be done."""
        module = finding.optimizer.lost_module
        return (
            f"The parameters of `{module}` were replaced after the optimizer had been made, so its "
            f"steps leave `{module}` as it is. Make the optimizer when `{module}` has its "
            "parameters for good, and train again."
        )

    def evidence(self, finding: Made) -> list[str]:
        """Facts of the record."""
        return _facts(finding)

    def remedy(self, finding: Made) -> Remedy:
        """Run the cell that makes the optimizer."""
        return _make_again(
            finding,
            "The cells ran in an order that left the optimizer behind: make it in a cell below "
            "the one that replaces the parameters.",
        )


def _make_again(finding: Made, refusal: str) -> Remedy:
    lines = [finding.optimizer.line] if finding.optimizer.line else []
    site = finding.site()
    if site is None or site.record.cell_id is None or site.record is finding.record:
        return Remedy(refusal=_NOT_FOUND, lines=lines)
    variable = finding.optimizer.variable
    action = Action(
        kind="run_cell",
        title=f"Make {variable or 'the optimizer'} again",
        description=f"Runs the cell again that makes {_code(variable)}, as it stands now.",
        targets=[site.record.cell_id],
    )
    return Remedy(refusal=refusal, lines=lines, actions=[action])


def _code(variable: str | None) -> str:
    return f"`{variable}`" if variable else "the optimizer"


def _lost(record: CellRecord, history: Sequence[CellRecord], what: str) -> Made | None:
    for entry in record.optimizers:
        if entry.steps and entry.lost == what and entry.lost_module:
            return Made(record, entry, Program(record, history))
    return None


def _facts(finding: Made) -> list[str]:
    entry = finding.optimizer
    tensors = sum(group.parameters for group in entry.groups)
    return [
        f"{finding.name} took {count_of(entry.steps, 'step')} with {count_of(tensors, 'tensor')}, "
        f"none of which is a parameter of `{entry.lost_module}`."
    ]

"""Optimizers that update parameters which no model uses any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ...record import Action, Optimizer
from ...words import count_of
from ..evidence.making import cell_that_makes
from ..evidence.optimizers import called
from ..grammar import Case, Finding, Remedy, Rule

_NOT_FOUND = "Make the optimizer again where it is made: the text does not tell where that is."


class OptimizerStale(Rule):
    """The cell of a model ran again and made a new one; the optimizer still updates the parameters
    of the old one, so training changes nothing.

    Evidence: An optimizer stepped that has no parameter of the module which the variable holds now.

    Fix: Runs the optimizer's cell again, or makes it in the model's cell.

    Silent: For an optimizer that shares a parameter with the model, and for one whose module still
    has a variable.

    Sources:
        https://docs.pytorch.org/docs/stable/optim.html#constructing-it

    Notes: Nothing is predicted: what changes is what is learned. Where one cell makes both, the
    action runs that cell.
    """

    id = "optimizer-stale"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """An optimizer of the module that its variable held before."""
        entry = _lost(case, "module")
        if entry is None:
            return None
        module = entry.lost_module
        return Finding(
            title=f"{called(entry, start=True)} updates an old model, not `{module}`.",
            explanation=(
                f"`{module}` was made again after the optimizer. The optimizer still has the "
                f"parameters of the model before, so its steps leave `{module}` as it is. Make "
                "the optimizer again, and train again."
            ),
            evidence=_facts(entry),
            remedy=_make_again(
                case, entry, "Nothing is wrong with the text: the cells ran in another order."
            ),
        )


class OptimizerBeforeParamSwap(Rule):
    """The parameters of a model were replaced after its optimizer was made: training changes
    nothing. `load_state_dict(..., assign=True)` replaces them, and so does `.to()` on some devices.

    Evidence: An optimizer stepped that has no parameter of the module any more that it was made
    for.

    Fix: Runs the optimizer's cell again.

    Silent: For an optimizer that still has a parameter of the model.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict

    Notes: Nothing is predicted. Frozen subsets and averaged copies share parameters or are other
    modules. An optimizer and the replacement in one cell are not seen, since whose parameters it
    had is known only when a cell has ended.
    """

    id = "optimizer-before-param-swap"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """An optimizer of parameters that the very module it was made for had before."""
        entry = _lost(case, "parameters")
        if entry is None:
            return None
        module = entry.lost_module
        return Finding(
            title=f"{called(entry, start=True)} has none of the parameters of `{module}`.",
            explanation=(
                f"The parameters of `{module}` were replaced after the optimizer had been made, "
                f"so its steps leave `{module}` as it is. Make the optimizer when `{module}` has "
                "its parameters for good, and train again."
            ),
            evidence=_facts(entry),
            remedy=_make_again(
                case,
                entry,
                "The cells ran in an order that left the optimizer behind: make it in a cell "
                "below the one that replaces the parameters.",
            ),
        )


def _lost(case: Case, what: Literal["module", "parameters"]) -> Optimizer | None:
    """An optimizer that stepped and has no parameter of its module any more."""
    for entry in case.record.optimizers:
        if entry.steps and entry.lost == what and entry.lost_module:
            return entry
    return None


def _facts(entry: Optimizer) -> list[str]:
    tensors = sum(group.parameters for group in entry.groups)
    return [
        f"{called(entry, start=True)} took {count_of(entry.steps, 'step')} with "
        f"{count_of(tensors, 'tensor')}, none of which is a parameter of `{entry.lost_module}`."
    ]


def _make_again(case: Case, entry: Optimizer, why: str) -> Callable[[], Remedy]:
    """Run the cell that makes the optimizer, if it is another one."""
    cell = cell_that_makes(entry.made, case.program, case.history)
    if cell is None or cell.cell_id is None or cell is case.record:
        return case.by_hand(_NOT_FOUND, lines=[case.line(entry.place)])
    what = f"`{entry.variable}`" if entry.variable else "the optimizer"
    action = Action(
        kind="run_cell",
        title=f"Make {entry.variable or 'the optimizer'} again",
        description=f"Runs the cell again that makes {what}, as it stands now.",
        targets=[cell.cell_id],
    )
    return case.by_hand(why, lines=[case.line(entry.place)], actions=[action])

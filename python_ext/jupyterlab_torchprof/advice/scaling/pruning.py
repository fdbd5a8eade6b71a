"""Pruned models that take more memory than before."""

from __future__ import annotations

from collections.abc import Sequence

from ... import fixes
from ...record import CellRecord, Layers, PlacedModule
from ...units import format_bytes
from ...words import code_list, count_of
from ..evidence.memory import allocated_without, is_worth_saying, memory_entry
from ..evidence.runs import cells_after, later_runs, place_of
from ..grammar import Case, Finding, Rule
from ..text.code import read
from ..text.program import Site
from ..text.sites import functions_reached

PRUNERS = tuple(
    f"torch.nn.utils.prune.{name}"
    for name in (
        "random_unstructured",
        "l1_unstructured",
        "random_structured",
        "ln_structured",
        "custom_from_mask",
        "global_unstructured",
    )
)
"""Functions that prune."""
_PATIENCE = 2
_SHOWN = 3


class PruningNoSavings(Rule):
    """`torch.nn.utils.prune` keeps each pruned parameter whole, with a mask of the same size, and
    multiplies both in every forward: a pruned model takes more memory, not less.

    Evidence: Parameters kept as `_orig` and `_mask`, and no optimizer step since although at least
    two other cells have run.

    Fix: Puts `prune.remove(module, name)` below, which multiplies once and drops the mask. Zeros
    still take memory: structured pruning or 2:4 sparsity make models smaller.

    Silent: Before two other cells have run; where training goes on; small models.

    Sources:
        https://docs.pytorch.org/tutorials/intermediate/pruning_tutorial.html#remove-pruning-re-parametrization

    Notes: When two other cells have run without a step, nobody fine-tunes under the masks any
    more; a later step refutes that.

    Prediction: memory after the cell less half of what parameters and masks take: after
    `prune.remove` the parameter is left, of the size it had before (measured on PyTorch 2.13).
    """

    id = "pruning-no-savings"
    severity = "medium"
    alters = "run"
    waits = True

    def find(self, case: Case) -> Finding | None:
        """A module that the run pruned, and that nobody has trained or made permanent since."""
        record, pruned = case.record, _pruned(case.record)
        if pruned is None or not _may_have_pruned(case):
            return None
        module, layers = pruned
        device = max(module.devices, key=lambda name: module.devices[name], default="cpu")
        saving = layers.pruned_bytes // 2
        if not is_worth_saying(saving, memory_entry(record, device)):
            return None
        if not _is_settled(record, case.history):
            return None
        sites = _sites_that_ran(case)
        if not sites or _trains_below(case, sites):
            return None
        cell = sites[0].record
        names = [f"{module.path}.{name}" for name in layers.pruned]
        shown = f"{code_list(names[:_SHOWN])}{', …' if names[_SHOWN:] else ''}"
        return Finding(
            title=f"The masks of the pruned `{module.path}` take {format_bytes(saving)} more.",
            explanation=(
                "Each pruned parameter is kept whole beside a mask of the same size, and both are "
                "multiplied in every forward. `prune.remove` does it once and drops the mask: the "
                "model is then as large as before pruning. Zeros take as much memory as other "
                "numbers; structured pruning or 2:4 sparsity make a model smaller."
            ),
            evidence=[
                f"{count_of(len(names), 'parameter')} ({shown}) have an original and a mask, "
                f"{format_bytes(layers.pruned_bytes)} together.",
                "At least two other cells have run since, and no optimizer has stepped.",
            ],
            prediction=allocated_without(record, device, saving),
            remedy=case.edit(
                lambda: fixes.prune.make_permanent(
                    cell.source, [site.call.place for site in sites], cell_id=cell.cell_id
                ),
                *sites,
            ),
        )

    def awaits(self, record: CellRecord) -> bool:
        """A model is pruned, perhaps by this run."""
        return _pruned(record) is not None

    def is_stirred(self, now: CellRecord) -> bool:
        """A model is still pruned."""
        return _pruned(now) is not None


def _pruned(record: CellRecord) -> tuple[PlacedModule, Layers] | None:
    """A module with masks, and what it is made of."""
    for module in record.placement.modules if record.placement is not None else ():
        if module.layers is not None and module.layers.pruned:
            return module, module.layers
    return None


def _may_have_pruned(case: Case) -> bool:
    """Whether the cell speaks of it, or nothing was pruned before it ran."""
    if "prune" in case.record.source:
        return True
    at = place_of(case.record, case.history)
    return at == 0 or _pruned(case.history[at - 1]) is None


def _is_settled(record: CellRecord, history: Sequence[CellRecord]) -> bool:
    """Whether enough other cells have run since, none of them trained, and the masks are there."""
    later = later_runs(record, history)
    return (
        len(cells_after(record, history)) >= _PATIENCE
        and not any(run.grad is not None and run.grad.optimizer_steps for run in later)
        and _pruned(later[-1]) is not None
    )


def _sites_that_ran(case: Case) -> list[Site]:
    """The calls that prune, in the cell itself or in functions that it calls; all of one cell."""
    record, code = case.record, read(case.record.source)
    called = functions_reached(case.program, code.calls if code is not None else ())
    found = [
        site
        for site in case.program.calls(*PRUNERS)
        if (site.call.reached_by in called)
        or (site.call.function is None and site.record is record)
    ]
    return [site for site in found if site.record is found[0].record]


def _trains_below(case: Case, sites: Sequence[Site]) -> bool:
    """Whether the cell itself may train after it pruned."""
    if any(site.call.function is not None for site in sites):
        return case.grad.optimizer_steps > 0
    last = case.line(case.grad.last_step_place)
    return last is not None and last >= min(site.call.line for site in sites)

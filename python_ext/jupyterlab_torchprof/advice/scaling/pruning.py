"""Pruned models that take more memory than before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Layers, PlacedModule, Prediction, Severity
from ...units import format_bytes
from ...words import code_list, count_of
from ..evidence.memory import is_worth_saying, memory_entry
from ..evidence.runs import later_runs
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, Site, cell_key

_MODULE = "torch.nn.utils.prune"

PRUNERS = tuple(
    f"{_MODULE}.{name}"
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


@dataclass(frozen=True, slots=True)
class Masked:
    """A pruned module whose masks are still there."""

    record: CellRecord
    module: PlacedModule
    layers: Layers
    device: str
    sites: list[Site]


class PruningNoSavings(OldRule[Masked]):
    """Pruning keeps each parameter and a mask beside the product of both.

    The finding is the run that pruned a module, when at least two other cells have run since and
    no optimizer has stepped: then nobody fine-tunes under the masks any more. As long as that is
    not known, the rule waits; a later step refutes it.

    Prediction: memory after the cell less half of what parameters and masks take: after
    ``prune.remove`` the parameter is left, of the size it had before (measured on PyTorch 2.13).
    Zeros take as much memory as other numbers.
    """

    id: ClassVar[str] = "pruning-no-savings"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "`torch.nn.utils.prune` keeps each pruned parameter whole, with a mask of the same size, "
        "and multiplies both in every forward: a pruned model takes more memory, not less."
    )
    proof: ClassVar[str] = (
        "Parameters kept as `_orig` and `_mask`, and no optimizer step since although at least "
        "two other cells have run."
    )
    cure: ClassVar[str] = (
        "Puts `prune.remove(module, name)` below, which multiplies once and drops the mask. Zeros "
        "still take memory: structured pruning or 2:4 sparsity make models smaller."
    )
    silent: ClassVar[str] = "Before two other cells have run; where training goes on; small models."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/intermediate/pruning_tutorial.html#remove-pruning-re-parametrization",
    )
    waits: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Masked | None:
        """See the class."""
        module = _pruned(record)
        if module is None or module.layers is None or "prune" not in record.source:
            return None
        device = max(module.devices, key=lambda name: module.devices[name], default="cpu")
        saving = module.layers.pruned_bytes // 2
        if not is_worth_saying(saving, memory_entry(record, device)):
            return None
        later = later_runs(record, history)
        if len({cell_key(run) for run in later} - {cell_key(record)}) < _PATIENCE:
            return None
        if any(run.grad is not None and run.grad.optimizer_steps for run in later):
            return None
        if _pruned(later[-1]) is None:
            return None
        own = [site for site in Program(record, history).calls(*PRUNERS) if site.record is record]
        if not own or _trains_below(record, own):
            return None
        return Masked(record, module, module.layers, device, own)

    def awaits(self, record: CellRecord) -> bool:
        """It pruned."""
        return "prune" in record.source and _pruned(record) is not None

    def is_stirred(self, now: CellRecord) -> bool:
        """A model is still pruned."""
        return _pruned(now) is not None

    def title(self, finding: Masked) -> str:
        """One sentence."""
        size = format_bytes(finding.layers.pruned_bytes // 2)
        return f"The masks of the pruned `{finding.module.path}` take {size} more."

    def explanation(self, finding: Masked) -> str:
        """What happens and what can be done."""
        return (
            "Each pruned parameter is kept whole beside a mask of the same size, and both are "
            "multiplied in every forward. `prune.remove` does it once and drops the mask: the "
            "model is then as large as before pruning. Zeros take as much memory as other "
            "numbers; structured pruning or 2:4 sparsity make a model smaller."
        )

    def evidence(self, finding: Masked) -> list[str]:
        """Facts of the record."""
        names = [f"{finding.module.path}.{name}" for name in finding.layers.pruned]
        shown = code_list(names[:_SHOWN])
        return [
            f"{count_of(len(names), 'parameter')} ({shown}{', …' if names[_SHOWN:] else ''}) have "
            f"an original and a mask, {format_bytes(finding.layers.pruned_bytes)} together.",
            "At least two other cells have run since, and no optimizer has stepped.",
        ]

    def prediction(self, finding: Masked) -> Prediction | None:
        """Memory without the masks; of the host only its whole process is known."""
        memory = memory_entry(finding.record, finding.device)
        if memory is None or memory.device == "host":
            return None
        return Prediction(
            metric="allocated_after_bytes",
            before=memory.allocated_after_bytes,
            after=memory.allocated_after_bytes - finding.layers.pruned_bytes // 2,
            unit="bytes",
            device=memory.device,
        )

    def remedy(self, finding: Masked) -> Remedy:
        """Make it permanent."""
        from ...fixes.prune import CannotFix, make_permanent  # libcst takes a while to import

        record = finding.record
        lines = sorted({site.call.line for site in finding.sites})
        try:
            places = [site.call.place for site in finding.sites]
            fix = make_permanent(record.source, places, cell_id=record.cell_id)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines)
        return Remedy(fix=fix, lines=lines)


def _pruned(record: CellRecord) -> PlacedModule | None:
    modules = record.placement.modules if record.placement is not None else []
    found = [each for each in modules if each.layers is not None and each.layers.pruned]
    return found[0] if found else None


def _trains_below(record: CellRecord, sites: Sequence[Site]) -> bool:
    """Whether the cell itself trains after it pruned, or prunes in a function."""
    last = record.grad.last_step_line if record.grad is not None else None
    if any(site.call.function is not None for site in sites):
        return True
    return last is not None and last >= min(site.call.line for site in sites)

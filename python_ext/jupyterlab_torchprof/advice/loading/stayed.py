"""Models that were loaded to the CPU and stayed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..placement.idle import Idle, loaded_whole
from ..placement.idle import idle_accelerator as find_idle
from ..placement.resting import idle_facts, move_there
from ..text.code import Site


@dataclass(frozen=True, slots=True)
class Stayed:
    """Forwards on the CPU of a model that a load put there."""

    idle: Idle
    site: Site


class MapLocationCpu(OldRule[Stayed]):
    """A whole model was loaded to the CPU, and stayed there while an accelerator was idle.

    The finding is that of ``model-on-cpu-gpu-idle``, for a model that a ``torch.load`` with a
    ``map_location`` of the CPU returned. Loading to the CPU by itself is no fault: PyTorch reads
    into host memory in any case, and state dicts are best loaded so. Nothing is predicted.
    """

    id: ClassVar[str] = "map-location-cpu"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        'A model that was loaded with `map_location="cpu"` computes on the CPU while an '
        "accelerator has nothing to do."
    )
    proof: ClassVar[str] = (
        "The load, and forwards of that model on the CPU: at least a second in their line and "
        "2 ms each, on a machine with an accelerator that ran no forward in the cell."
    )
    cure: ClassVar[str] = (
        "Loads to the notebook's device, and moves each batch at the top of its loop."
    )
    silent: ClassVar[str] = (
        "For state dicts, whose `map_location` does not decide where the model is; for models "
        "that are moved later; for small ones; where the accelerator has no room."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.load.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Stayed | None:
        """See the class."""
        idle = find_idle(record, history)
        site = loaded_whole(idle) if idle is not None else None
        return Stayed(idle, site) if idle is not None and site is not None else None

    def title(self, finding: Stayed) -> str:
        """One sentence."""
        return f"`{finding.idle.root.name}` was loaded to the CPU and stayed there."

    def explanation(self, finding: Stayed) -> str:
        """What happens and what can be done."""
        idle = finding.idle
        return (
            f"`map_location` put the parameters of `{idle.root.name}` into host memory, and "
            f"nothing moved them since, so {idle.accelerator} had nothing to do. Load to the "
            "device, move each batch before it is used, and run the cell again to see what that "
            "gains."
        )

    def evidence(self, finding: Stayed) -> list[str]:
        """Facts of the record."""
        return idle_facts(finding.idle)

    def remedy(self, finding: Stayed) -> Remedy:
        """Load to the device and move the batches."""
        return move_there(finding.idle, finding.site)

"""A model on the CPU beside an idle accelerator."""

from __future__ import annotations

from ..evidence.idle import Idle, idle_accelerator, loaded_whole
from ..evidence.loads import maker_of
from ..evidence.relocation import relocate
from ..grammar import Case, Finding, Rule


class ModelOnCpu(Rule):
    """A model computes on the CPU while an accelerator has nothing to do.

    Evidence: Forwards of a model whose parameters are on the CPU, at least a second in their line
    and 2 ms each (waits for data not counted), which its weights and the shapes of its input
    explain, on a machine with an accelerator that ran no forward in the cell.

    Fix: Moves the model where it is made, and each batch at the top of its loop; run the cell again
    to see what it gains.

    Silent: For small models, which may be faster on the CPU; for quantized ones; where the program
    says `"cpu"` by itself; where the accelerator has no room.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/cuda.html#device-agnostic-code

    Notes: Nothing is predicted: how much faster the accelerator is has not been measured here. A
    model that PyTorch's own load put on the CPU is left to ``map-location-cpu``. Where a library
    loaded a model of this class, such as by `from_pretrained`, the evidence says where to.
    """

    id = "model-on-cpu-gpu-idle"
    severity = "high"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """Long forwards on the CPU, of a model that no load put there."""
        idle = idle_accelerator(case.record, case.history)
        if idle is None or loaded_whole(idle) is not None:
            return None
        name, accelerator = idle.root.name, idle.accelerator
        return Finding(
            title=f"`{name}` runs on the CPU while {accelerator} is idle.",
            explanation=(
                f"The parameters of `{name}` are in host memory, so the CPU computes its "
                f"forwards. Move it to {accelerator} where it is made, before its optimizer, and "
                "each batch before it is used; then run the cell again to see what that gains."
            ),
            evidence=[*idle.facts(), *_loaded_there(case, idle)],
            remedy=case.edit(lambda: relocate(idle), lines=[idle.line]),
        )


def _loaded_there(case: Case, idle: Idle) -> list[str]:
    """What loaded a model of this class, if that has put it on the CPU."""
    loaded = next(
        (
            load
            for run in reversed(case.program.runs)
            for load in reversed(run.loads)
            if load.class_name == idle.root.module.class_name and not load.failed
        ),
        None,
    )
    if loaded is None or set(loaded.landed) != {"cpu"}:
        return []
    return [f"{maker_of(loaded)} loaded a `{loaded.class_name}` to the CPU."]

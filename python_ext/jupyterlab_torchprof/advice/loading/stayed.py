"""Models that were loaded to the CPU and stayed there."""

from __future__ import annotations

from ..evidence.idle import idle_accelerator, loaded_whole
from ..evidence.relocation import relocate
from ..grammar import Case, Finding, Rule


class MapLocationCpu(Rule):
    """A model that `torch.load` or `torch.jit.load` loaded with `map_location="cpu"` computes on
    the CPU while an accelerator has nothing to do.

    Evidence: The load, and forwards of that model on the CPU: at least a second in their line and
    2 ms each, on a machine with an accelerator that ran no forward in the cell.

    Fix: Loads to the notebook's device, and moves each batch at the top of its loop.

    Silent: For state dicts, whose `map_location` does not decide where the model is; for models
    that are moved later; for small ones; where the accelerator has no room.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.load.html

    Notes: Nothing is predicted, as in ``model-on-cpu-gpu-idle``, whose evidence it shares. Loading
    to the CPU by itself is no fault: PyTorch reads into host memory in any case.
    """

    id = "map-location-cpu"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """Long forwards on the CPU, of a model that such a load returned."""
        idle = idle_accelerator(case.record, case.history)
        load = loaded_whole(idle) if idle is not None else None
        if idle is None or load is None:
            return None
        name = idle.root.name
        return Finding(
            title=f"`{name}` was loaded to the CPU and stayed there.",
            explanation=(
                f"`map_location` put the parameters of `{name}` into host memory, and nothing "
                f"moved them since, so {idle.accelerator} had nothing to do. Load to the device, "
                "move each batch before it is used, and run the cell again to see what that gains."
            ),
            evidence=idle.facts(),
            remedy=case.edit(lambda: relocate(idle, load), lines=[idle.line]),
        )

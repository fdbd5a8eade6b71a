"""Optimizers whose state stayed where the parameters were."""

from __future__ import annotations

from ...record import Optimizer
from ...units import format_bytes
from ..evidence.conversions import move_to
from ..grammar import Case, Finding, Rule
from .cause import by_hand_at, failure_of, library_call, said
from .unregistered import SAME_DEVICE

_STEP_BYTES = 16
"""Adam keeps the number of its steps on the host, a few bytes for each parameter."""


class OptimizerStateDevice(Rule):
    """Moving a model after its optimizer has stepped leaves the optimizer's state behind.

    Evidence: PyTorch's error in an optimizer's step, with the devices of its parameters and of its
    state.

    Fix: By hand: `optimizer.load_state_dict(optimizer.state_dict())` brings it to the parameters;
    better, move the model first.

    Silent: Where state and parameters are on one device.

    Sources:
        https://docs.pytorch.org/docs/stable/optim.html

    Notes: The wordings are those of PyTorch 2.4 to 2.15. Counters of steps, which Adam keeps on the
    host, do not count.
    """

    id = "optimizer-state-device"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """A step that failed, and an optimizer whose state is elsewhere."""
        failure = failure_of(case, SAME_DEVICE[0], names=("RuntimeError",))
        if failure is None or library_call(failure.error, ("step",)) is None:
            return None
        found = [each for each in case.record.optimizers if _left_behind(each)]
        if len(found) != 1:
            return None
        optimizer = found[0]
        left = _left_behind(optimizer)
        name = f"`{optimizer.variable or optimizer.name or optimizer.class_name}`"
        there = " and ".join(sorted(optimizer.devices))
        moved = move_to(case.record, case.history, optimizer.devices[0])
        return Finding(
            title=f"The state of {name} is on {' and '.join(left)}, its parameters on {there}.",
            explanation=(
                "Moving a model moves its parameters, and not what an optimizer keeps of earlier "
                "steps. `optimizer.load_state_dict(optimizer.state_dict())` brings the state to "
                "them. Better, move the model before its optimizer is made."
            ),
            evidence=[
                said(failure.error),
                *(
                    f"{format_bytes(optimizer.state_bytes[device])} of its state on {device}."
                    for device in left
                ),
                *([moved] if moved else []),
            ],
            remedy=by_hand_at(case, failure, "The order of the cells is to be changed."),
        )


def _left_behind(optimizer: Optimizer) -> list[str]:
    """Devices that hold state and no parameters."""
    tensors = sum(group.parameters for group in optimizer.groups)
    return sorted(
        device
        for device, held in optimizer.state_bytes.items()
        if device not in optimizer.devices and held > tensors * _STEP_BYTES and optimizer.devices
    )

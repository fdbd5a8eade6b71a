"""Checkpoints whose tensors were saved on a device that is not here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ... import fixes
from ...record import Load
from ..evidence.devices import chosen_names, taken_names
from ..evidence.failures import Failure, failures
from ..evidence.loads import is_own
from ..grammar import Case, Finding, Remedy, Rule
from ..text.program import Program, Site

_MESSAGE = "Attempting to deserialize object on"


class MapLocationMissing(Rule):
    """`torch.load` puts tensors back on the device that they were saved from, and fails where there
    is no such device.

    Evidence: PyTorch's error about the missing device, in this run.

    Fix: Writes `map_location=device`, with a device chosen by what there is.

    Silent: For loads that succeed.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.load.html

    Notes: Nothing is predicted: the checkpoint loads. The fix is refused where the call does not
    stand on a failing line, or hides its arguments, and where a library calls `torch.load`.
    """

    id = "map-location-missing"
    severity = "high"

    def find(self, case: Case) -> Finding | None:
        """A load that failed because the device of the saved tensors is missing."""
        frames = failures(case.record, case.history, _MESSAGE)
        if not frames:
            return None
        error = frames[0].error
        load = next((load for load in case.record.loads if load.failed), None)
        what = f"`{load.path}`" if load is not None and load.path else "The checkpoint"
        return Finding(
            title=f"{what} was saved on an accelerator that is not here.",
            explanation=(
                "torch.load puts each tensor back on the device that it was saved from. With "
                "map_location it puts them where you say, whatever machine saved them."
            ),
            evidence=[f"{error.name}: {error.message.strip().split('. ', 1)[0].rstrip('.')}."],
            remedy=_name_device(case, frames, load),
        )


def _name_device(case: Case, frames: Sequence[Failure], load: Load | None) -> Callable[[], Remedy]:
    program = case.program
    if load is not None and not is_own(load):
        return case.by_hand(_how(load), lines=frames[0].lines, code=frames[0].elsewhere)
    site = _failed_call(program, frames)
    if site is None:
        return case.by_hand(
            'Pass map_location="cpu" (or your device) to the torch.load of this line.',
            lines=frames[0].lines,
            code=frames[0].elsewhere,
        )
    named = chosen_names(program)
    return case.edit(
        lambda: fixes.portable.map_to_device(
            site.record.source,
            site.call.place,
            cell_id=site.record.cell_id,
            named=named,
            taken=taken_names(program, named),
            torch_name=case.placement.torch_name,
        ),
        site,
    )


def _how(load: Load) -> str:
    """What to do where the failing ``torch.load`` is not the user's own call."""
    if load.library is None:
        return f'Pass map_location="cpu" (or your device) to the `{load.call}` of this line.'
    return (
        f"{load.library} calls torch.load here: name the device by its own argument "
        "(`map_location`, `device`), if it has one."
    )


def _failed_call(program: Program, frames: Sequence[Failure]) -> Site | None:
    """The innermost ``torch.load`` that stands on a line which the error passed through."""
    for frame in frames:
        for site in program.calls("torch.load"):
            line, place = frame.line or 0, site.call.place
            if site.record is frame.code and place.line <= line <= place.end_line:
                return site
    return None

"""Checkpoints whose tensors were saved on a device that is not here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ..evidence.devices import chosen_names, taken_names
from ..evidence.failures import Failure, failures
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..text.code import Program, Site

_MESSAGE = "Attempting to deserialize object on"


@dataclass(frozen=True, slots=True)
class NotHere:
    """A load that failed because the device of the saved tensors is missing."""

    failure: Failure
    program: Program
    site: Site | None
    path: str | None


class MapLocationMissing(OldRule[NotHere]):
    """A checkpoint of another machine's accelerator is loaded without a ``map_location``.

    The finding is PyTorch's own error, on the run that raised it. Nothing is predicted: the
    checkpoint loads. The fix names the notebook's device, or makes it; it is refused where the
    call does not stand on the failing line, or hides its arguments.
    """

    id: ClassVar[str] = "map-location-missing"
    severity: ClassVar[Severity] = "high"
    what: ClassVar[str] = (
        "`torch.load` puts tensors back on the device that they were saved from, and fails where "
        "there is no such device."
    )
    proof: ClassVar[str] = "PyTorch's error about the missing device, in this run."
    cure: ClassVar[str] = "Writes `map_location=device`, with a device chosen by what there is."
    silent: ClassVar[str] = "For loads that succeed."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.load.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> NotHere | None:
        """See the class."""
        frames = failures(record, history, _MESSAGE)
        if not frames:
            return None
        program = Program(record, history)
        path = next((load.path for load in record.loads if load.failed), None)
        for frame in frames:
            for site in program.calls("torch.load"):
                line = frame.line or 0
                if site.record is frame.code and site.call.line <= line <= site.call.place.end_line:
                    return NotHere(frame, program, site, path)
        return NotHere(frames[0], program, None, path)

    def title(self, finding: NotHere) -> str:
        """One sentence."""
        what = f"`{finding.path}`" if finding.path else "The checkpoint"
        return f"{what} was saved on an accelerator that is not here."

    def explanation(self, finding: NotHere) -> str:
        """What happens and what can be done."""
        return (
            "torch.load puts each tensor back on the device that it was saved from. With "
            "map_location it puts them where you say, whatever machine saved them."
        )

    def evidence(self, finding: NotHere) -> list[str]:
        """The error."""
        error = finding.failure.error
        return [f"{error.name}: {error.message.strip().split('. ', 1)[0].rstrip('.')}."]

    def remedy(self, finding: NotHere) -> Remedy:
        """Name the device."""
        from ...fixes.portable import CannotFix, map_to_device  # libcst takes a while to import

        site, failure, program = finding.site, finding.failure, finding.program
        if site is None:
            return Remedy(
                refusal='Pass map_location="cpu" (or your device) to the torch.load of this line.',
                lines=failure.lines,
                code=failure.elsewhere,
            )
        placement, named = program.record.placement, chosen_names(program)
        code = None if site.record is program.record else site.record
        try:
            fix = map_to_device(
                site.record.source,
                site.call.place,
                cell_id=site.record.cell_id,
                named=named,
                taken=taken_names(program, named),
                torch_name=placement.torch_name if placement is not None else None,
            )
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=[site.call.line], code=code)
        return Remedy(fix=fix, lines=[site.call.line], code=code)

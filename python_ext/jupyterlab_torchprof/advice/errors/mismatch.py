"""Tensors on different devices that meet in one operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, NamedObject, Severity
from ...units import format_bytes
from ...words import code_list, enumerate_words
from ..evidence.devices import names_of, taken_names
from ..evidence.failures import Failure, failures
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program

_MESSAGES = (
    "Expected all tensors to be on the same device",
    "should be the same",  # "Input type (...) and weight type (...) should be the same"
)
_INSIDE = ("forward", "__call__")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An error, and what its line reads on which device."""

    failure: Failure
    program: Program
    here: list[NamedObject]
    """On the accelerator (or where most is)."""
    there: list[NamedObject]
    """Elsewhere: what has to move."""
    device: str
    """Of ``here``."""


class InputDeviceMismatch(OldRule[Mismatch]):
    """An operation got tensors of different devices.

    The finding is PyTorch's own error, and the devices of what the failing line reads. If the line
    stands in a ``forward``, the line that called the model counts, with the devices that the
    namespace's variables have. Nothing is predicted: the cell runs.

    The fix moves tensors to the accelerator, in the failing line itself, which may stand in a
    function of another cell. It is refused for a model that is on the CPU, since all its inputs
    would have to be looked at, for parts of a model on different devices, and for collections.
    """

    id: ClassVar[str] = "input-device-mismatch"
    severity: ClassVar[Severity] = "high"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = "An operation needs all its tensors on one device, and gets two."
    proof: ClassVar[str] = (
        "PyTorch's error, and the devices of the variables that the failing line reads."
    )
    cure: ClassVar[str] = "Moves the inputs to the model's device, at the failing line."
    silent: ClassVar[str] = "Where all variables of the line are on one device."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Mismatch | None:
        """See the class."""
        frames = failures(record, history, *_MESSAGES)
        if not frames or not _is_of_devices(frames[0].error.message):
            return None
        program = Program(record, history)
        outside = next((frame for frame in frames if frame.function not in _INSIDE), None)
        if outside is None:
            return None
        objects = frames[0].error.objects
        if outside is not frames[0]:
            objects = _variables(outside) if outside.function == "<module>" else []
        found = _split(objects) or (
            None if outside is frames[0] else _split(frames[0].error.objects)
        )
        return Mismatch(outside, program, *found) if found else None

    def title(self, finding: Mismatch) -> str:
        """What is where."""
        where = enumerate_words([_where(each) for each in finding.there])
        here = code_list([each.name for each in finding.here[:2]])
        return f"{where}, {here} on {finding.device}."

    def explanation(self, finding: Mismatch) -> str:
        """What happens and what can be done."""
        there = code_list([each.name for each in finding.there])
        if any(each.kind == "module" for each in finding.there):
            return (
                f"PyTorch computes where the tensors are and moves none by itself. Move {there} "
                f"to {finding.device}, right after it is made and before its optimizer is."
            )
        return (
            f"PyTorch computes where the tensors are and moves none by itself. {there} must be "
            f"moved to {finding.device}: in a loop once for each batch, before it is used."
        )

    def evidence(self, finding: Mismatch) -> list[str]:
        """Where everything was."""
        return [
            f"`{each.name}` ({each.class_name}) has {_sizes(each)}."
            for each in (*finding.there, *finding.here)
        ]

    def remedy(self, finding: Mismatch) -> Remedy:
        """Move the tensors."""
        from ...fixes.bring import CannotFix, bring  # libcst takes a while to import

        failure, record = finding.failure, finding.program.record
        remedy = Remedy(lines=failure.lines, code=failure.elsewhere)
        cell = failure.code
        if cell is None or failure.line is None:
            return _refused(remedy, "The cell with the failing line has changed since.")
        if any(each.kind != "tensor" for each in finding.there):
            names = code_list([each.name for each in finding.there if each.kind != "tensor"])
            return _refused(remedy, f"{names} must be moved where it is made.")
        tensors = [each.name for each in finding.here if each.kind == "tensor"]
        modules = [each for each in finding.here if each.kind != "tensor"]
        named = names_of(record, finding.device)
        taken = taken_names(finding.program, named)
        try:
            fix = bring(
                cell.source,
                failure.line,
                [each.name for each in finding.there],
                finding.device,
                cell_id=cell.cell_id,
                like=tensors[0] if tensors and not modules else None,
                named=named,
                taken=taken,
                torch_name=record.placement.torch_name if record.placement is not None else None,
            )
        except CannotFix as refusal:
            return _refused(remedy, str(refusal))
        return Remedy(fix=fix, lines=remedy.lines, code=remedy.code)


def _refused(remedy: Remedy, reason: str) -> Remedy:
    return Remedy(refusal=reason, lines=remedy.lines, code=remedy.code)


def _is_of_devices(message: str) -> bool:
    """Convolutions say it in another way: types that differ in their device."""
    if _MESSAGES[0] in message:
        return True
    return message.startswith("Input type (") and message.count(".cuda.") == 1


def _split(
    objects: Sequence[NamedObject],
) -> tuple[list[NamedObject], list[NamedObject], str] | None:
    """What is on the device to compute on, and what is elsewhere."""
    # A number in a tensor may be on the CPU: it goes with any device.
    placed = [each for each in objects if each.devices and each.shape != []]
    devices = {device for each in placed for device in each.devices}
    accelerators = sorted(device for device in devices if device not in ("cpu", "meta"))
    if len(devices) < 2 or len(accelerators) != 1:
        return None
    device = accelerators[0]
    here = [each for each in placed if set(each.devices) == {device}]
    there = [each for each in placed if device not in each.devices]
    return (here, there, device) if here and there else None


def _variables(failure: Failure) -> list[NamedObject]:
    """Variables on the failing line, from where the namespace's tensors are."""
    placement = failure.record.placement
    if placement is None or failure.code is None or failure.line is None:
        return []
    text = failure.code.source.split("\n")[failure.line - 1]
    found = [
        NamedObject(
            name=module.path, kind="module", class_name=module.class_name, devices=module.devices
        )
        for module in placement.modules
        if f"{module.path}(" in text
    ]
    found += [
        NamedObject(
            name=tensor.path,
            kind="tensor",
            class_name="Tensor",
            devices={tensor.device: tensor.storage_bytes},
            dtype=tensor.dtype,
            shape=tensor.shape,
        )
        for tensor in placement.tensors
        if any(f"{before}{tensor.path}{after}" in text for before in "( ," for after in "),")
    ]
    return found


def _where(each: NamedObject) -> str:
    size = sum(each.devices.values())
    return f"`{each.name}` ({format_bytes(size)}) is on {' and '.join(sorted(each.devices))}"


def _sizes(each: NamedObject) -> str:
    return enumerate_words(
        [f"{format_bytes(size)} on {device}" for device, size in sorted(each.devices.items())]
    )

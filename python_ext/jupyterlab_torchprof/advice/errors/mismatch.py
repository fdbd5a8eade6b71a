"""Tensors on different devices that meet in one operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ... import fixes
from ...record import NamedObject, Placement
from ...units import format_bytes
from ...words import code_list, enumerate_words
from ..evidence.conversions import move_to
from ..evidence.devices import names_of, taken_names
from ..evidence.failures import Failure, failures
from ..grammar import Case, Finding, Remedy, Rule
from .cause import by_hand_at
from .unregistered import of_devices

_MESSAGES = (
    "Expected all tensors to be on the same device",
    "should be the same",  # "Input type (...) and weight type (...) should be the same"
)
_INSIDE = ("forward", "__call__")


@dataclass(frozen=True, slots=True)
class Sides:
    """What a line reads, divided by where it is."""

    here: list[NamedObject]
    """On the accelerator."""
    there: list[NamedObject]
    """Elsewhere: what has to move."""
    device: str
    """Of ``here``."""


class InputDeviceMismatch(Rule):
    """An operation needs all its tensors on one device, and gets two.

    Evidence: PyTorch's error, and the devices of the variables that the failing line reads; the
    call that has moved a module away, where it was seen.

    Fix: Moves the inputs to the model's device, at the failing line.

    Silent: Where all variables of the line are on one device.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html

    Notes: If the line stands in a `forward`, the line that called the model counts, with the
    devices that the namespace's variables have. Nothing is predicted: the cell runs.

    The failing line may stand in a function of another cell. The fix is refused for a model that
    is on the CPU, since all its inputs would have to be looked at, for parts of a model on
    different devices, and for collections.
    """

    id = "input-device-mismatch"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """PyTorch's own error, of a line whose variables are on different devices."""
        frames = failures(case.record, case.history, *_MESSAGES)
        if not frames or not _is_of_devices(frames[0].error.message):
            return None
        if of_devices(frames[0].error) is not None:  # `UnregisteredLayer` speaks of it
            return None
        failure = next((frame for frame in frames if frame.function not in _INSIDE), None)
        if failure is None:
            return None
        calls_model = failure is not frames[0] and failure.function == "<module>"
        passed = _variables(failure, case.placement) if calls_model else []
        sides = _divide(passed) or _divide(failure.error.objects)
        if sides is None:
            return None
        where = enumerate_words([_where(each) for each in sides.there])
        here = code_list([each.name for each in sides.here[:2]])
        return Finding(
            title=f"{where}, {here} on {sides.device}.",
            explanation=(
                f"PyTorch computes where the tensors are and moves none by itself. {_advice(sides)}"
            ),
            evidence=[
                *(
                    f"`{each.name}` ({each.class_name}) has {_sizes(each)}."
                    for each in (*sides.there, *sides.here)
                ),
                *_moves(case, sides),
            ],
            remedy=_remedy(case, failure, sides),
        )


def _is_of_devices(message: str) -> bool:
    """Convolutions say it in another way: types that differ in their device."""
    if _MESSAGES[0] in message:
        return True
    return message.startswith("Input type (") and message.count(".cuda.") == 1


def _variables(failure: Failure, placement: Placement) -> list[NamedObject]:
    """Variables on the failing line, from where the namespace's tensors are."""
    text = failure.text
    modules = [
        NamedObject(
            name=module.path, kind="module", class_name=module.class_name, devices=module.devices
        )
        for module in placement.modules
        if f"{module.path}(" in text
    ]
    tensors = [
        NamedObject(
            name=tensor.path,
            kind="tensor",
            class_name="Tensor",
            devices={tensor.device: tensor.storage_bytes},
            shape=tensor.shape,
        )
        for tensor in placement.tensors
        if any(f"{before}{tensor.path}{after}" in text for before in "( ," for after in "),")
    ]
    return modules + tensors


def _divide(objects: Sequence[NamedObject]) -> Sides | None:
    """What is on the one accelerator, and what is not; ``None`` unless there are both."""
    # A number in a tensor may be on the CPU: it goes with any device.
    placed = [each for each in objects if each.devices and each.shape != []]
    accelerators = {name for each in placed for name in each.devices} - {"cpu", "meta"}
    if len(accelerators) != 1:
        return None
    device = accelerators.pop()
    here = [each for each in placed if set(each.devices) == {device}]
    there = [each for each in placed if device not in each.devices]
    return Sides(here, there, device) if here and there else None


def _where(each: NamedObject) -> str:
    size = sum(each.devices.values())
    return f"`{each.name}` ({format_bytes(size)}) is on {' and '.join(sorted(each.devices))}"


def _moves(case: Case, sides: Sides) -> Iterator[str]:
    """Which calls have brought modules to where they are not to be, as facts."""
    for each in sides.there:
        for device in each.devices if each.kind == "module" else ():
            moved = move_to(case.record, case.history, device, each.name)
            if moved is not None:
                yield moved


def _sizes(each: NamedObject) -> str:
    return enumerate_words(
        [f"{format_bytes(size)} on {device}" for device, size in sorted(each.devices.items())]
    )


def _advice(sides: Sides) -> str:
    there = code_list([each.name for each in sides.there])
    if any(each.kind == "module" for each in sides.there):
        return (
            f"Move {there} to {sides.device}, right after it is made and before its optimizer is."
        )
    return (
        f"{there} must be moved to {sides.device}: in a loop once for each batch, before it is "
        "used."
    )


def _remedy(case: Case, failure: Failure, sides: Sides) -> Callable[[], Remedy]:
    """Move the tensors on the failing line."""
    cell, line = failure.code, failure.line
    others = [each.name for each in sides.there if each.kind != "tensor"]
    if cell is None or line is None:
        why = "The cell with the failing line has changed since."
    elif others:
        why = f"{code_list(others)} must be moved where it is made."
    else:
        named = names_of(case.record, sides.device)
        like = sides.here[0].name if all(each.kind == "tensor" for each in sides.here) else None
        return case.edit(
            lambda: fixes.bring.bring(
                cell.source,
                line,
                [each.name for each in sides.there],
                sides.device,
                cell_id=cell.cell_id,
                like=like,
                named=named,
                taken=taken_names(case.program, named),
                torch_name=case.placement.torch_name,
            ),
            lines=failure.lines,
            code=failure.elsewhere,
        )
    return by_hand_at(case, failure, why)

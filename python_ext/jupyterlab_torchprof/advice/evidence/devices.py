"""Names of devices: which variables stand for one, and which names are taken."""

from __future__ import annotations

import re

from ...record import CellRecord
from ..text.first_uses import name_uses
from ..text.program import Program

_USUAL = ("device", "DEVICE", "dev")
_CHOOSES = r"\b{name}\s*=[^=\n]*(is_available|current_accelerator|device_count)"


def type_of(device: str) -> str:
    """``cuda`` of ``cuda:1``."""
    return device.partition(":")[0]


def is_same(named: str, device: str) -> bool:
    """Whether what a variable holds stands for a device: ``cuda`` for ``cuda:0``."""
    return named == device or (":" not in named and device == f"{named}:0")


def names_of(record: CellRecord, device: str) -> dict[str, str]:
    """Variables that hold this device, and what they hold."""
    named = record.placement.devices_named if record.placement is not None else {}
    return {name: value for name, value in named.items() if is_same(value, device)}


def chosen_names(program: Program) -> dict[str, str]:
    """Variables that hold the device that the program chose because of what there is."""
    placement = program.record.placement
    named = placement.devices_named if placement is not None else {}
    return {
        name: value
        for name, value in named.items()
        if any(
            name in cell.source
            and re.search(_CHOOSES.format(name=re.escape(name)), cell.source) is not None
            for cell in program.cells
        )
    }


def taken_names(program: Program, usable: dict[str, str]) -> set[str]:
    """Names for a device that cells bind to something else."""
    placement = program.record.placement
    taken = set(placement.devices_named) if placement is not None else set()
    for cell in program.cells:
        if any(name in cell.source for name in _USUAL):
            uses = name_uses(cell.source)
            if uses is not None:
                taken |= uses.bound.keys() & set(_USUAL)
    return taken - usable.keys()

"""Bytes that something keeps alive without need, by device: how much is worth a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ...record import CellRecord, Holder, Prediction
from ...units import format_bytes
from ..memory import memory_entry
from ..words import enumerate_words

_OUTPUT = re.compile(r"Out\[(\d+)\]")
_FLOOR_BYTES = 16_000_000
_SHARE = 0.01


def latest(record: CellRecord, history: Sequence[CellRecord]) -> CellRecord:
    """The last run of the session: what is held now is what it found."""
    return history[-1] if history else record


def total_of(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Sums by device."""
    total: dict[str, int] = {}
    for part in parts:
        for device, count in part.items():
            total[device] = total.get(device, 0) + count
    return total


def kept_by_outputs(holder: Holder) -> list[str]:
    """Execution counts of the outputs that alone keep something; empty if it is anything else."""
    if holder.kind == "output":
        return [] if holder.execution_count is None else [str(holder.execution_count)]
    found = [match.group(1) for match in map(_OUTPUT.fullmatch, holder.held_by) if match]
    return found if len(found) == len(holder.held_by) else []


def is_kept_by_traceback(holder: Holder) -> bool:
    """Whether the last error's frames alone keep it."""
    return holder.kind == "traceback" or holder.held_by == ["traceback"]


def held_bytes(holders: Iterable[Holder]) -> dict[str, int]:
    """What holders keep together; their bytes are counted for one of them only."""
    return total_of(holder.unique_bytes for holder in holders)


def is_leak(record: CellRecord, held: Mapping[str, int]) -> bool:
    """Whether one device loses 16 MB or 1 % of its memory; less is not worth a word."""
    for device, count in held.items():
        memory = memory_entry(record, device)
        total = memory.total_bytes if memory is not None else None
        if count >= _FLOOR_BYTES or (total is not None and 0 < _SHARE * total <= count):
            return True
    return False


def on_devices(held: Mapping[str, int]) -> str:
    """``1.2 GiB on cuda:0 and 3 MiB in host memory``, most first."""
    parts = sorted(((count, device) for device, count in held.items() if count), reverse=True)
    return enumerate_words([f"{format_bytes(count)} {where(device)}" for count, device in parts])


def where(device: str) -> str:
    """``on cuda:0`` or ``in host memory``."""
    return "in host memory" if device in ("cpu", "host") else f"on {device}"


def freed_after(record: CellRecord, held: Mapping[str, int]) -> Prediction | None:
    """Memory after the cell without what is held on the device that has most of it.

    ``after = allocated after the cell - bytes held``. None for the host: the C library keeps much
    of what is freed for later use.
    """
    device = max(held, key=lambda name: held[name])
    memory = memory_entry(record, device)
    if memory is None or memory.device == "host" or memory.allocated_after_bytes < held[device]:
        return None
    return Prediction(
        metric="allocated_after_bytes",
        before=float(memory.allocated_after_bytes),
        after=float(memory.allocated_after_bytes - held[device]),
        unit="bytes",
        device=device,
    )

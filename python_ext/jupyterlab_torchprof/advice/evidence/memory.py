"""The memory entries of a record, what is too little to speak of, and what a saving leaves."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ...derive import line_of
from ...record import CellRecord, MemoryEntry, Prediction

_FLOOR_BYTES = 1_000_000
_LARGE_BYTES = 64 << 20
_SHARE = 0.01
_NEAR_PEAK = 0.9
_NEARLY_FULL = 0.9


def memory_name(device: str | None) -> str:
    """The name of the memory entry for PyTorch's name of a device."""
    return "host" if device in (None, "cpu") else str(device)


def memory_entry(record: CellRecord, device: str) -> MemoryEntry | None:
    """The memory of a device (PyTorch's name, or ``"host"``)."""
    name = memory_name(device)
    return next((entry for entry in record.memory if entry.device == name), None)


def allocated_without(record: CellRecord, device: str, saving: int) -> Prediction | None:
    """Memory after the cell without so many bytes on a device.

    ``after = allocated after the cell - saving``. ``None`` for the host, where the C library keeps
    much of what is freed for later use, and where so much was not allocated.
    """
    memory = memory_entry(record, device)
    if memory is None or memory.device == "host" or memory.allocated_after_bytes < saving:
        return None
    return Prediction(
        metric="allocated_after_bytes",
        before=float(memory.allocated_after_bytes),
        after=float(memory.allocated_after_bytes - saving),
        unit="bytes",
        device=memory.device,
    )


def is_nearly_full(nbytes: float, memory: MemoryEntry) -> bool:
    """Whether so many bytes take more than 90 % of a device; the host may swap."""
    return memory.device != "host" and nbytes > _NEARLY_FULL * (memory.total_bytes or float("inf"))


def filled(record: CellRecord) -> Iterator[MemoryEntry]:
    """The devices of known size that the run nearly filled, or whose memory it ran out of."""
    failed = record.out_of_memory.device if record.out_of_memory is not None else None
    for entry in record.memory:
        if entry.device == "host" or not entry.total_bytes:
            continue
        if entry.device == failed or is_nearly_full(entry.peak_bytes, entry):
            yield entry


def is_worth_saying(saving: int, memory: MemoryEntry | None) -> bool:
    """Whether a saving is 1 MB, or at least 1 % of the device: less is noise."""
    return saving >= _FLOOR_BYTES or _is_share(saving, memory)


def is_large(saving: int, memory: MemoryEntry | None) -> bool:
    """Whether a saving is 64 MiB, or at least 1 % of the device."""
    return saving >= _LARGE_BYTES or _is_share(saving, memory)


def _is_share(saving: int, memory: MemoryEntry | None) -> bool:
    total = memory.total_bytes if memory is not None else None
    return total is not None and 0 < _SHARE * total <= saving


def peaks_elsewhere(record: CellRecord, entry: MemoryEntry, lines: Collection[int]) -> bool:
    """Whether the samples saw the peak while other than these lines ran."""
    inside, outside = 0, 0
    for sample in record.samples:
        line = line_of(record, sample.place)
        if line is None:
            continue
        level = sample.host_bytes if entry.device == "host" else sample.devices.get(entry.device, 0)
        if line in lines:
            inside = max(inside, level)
        else:
            outside = max(outside, level)
    return inside < outside * _NEAR_PEAK

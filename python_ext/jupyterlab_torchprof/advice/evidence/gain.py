"""Whether 16 bits could pay: the floors below which number formats are no subject."""

from __future__ import annotations

from ...derive import line_of
from ...record import CellRecord, Forwards, TorchState
from .altered import is_altered
from .functions.view import run_of

LEAST_S = 1.0
"""Of computing, without what the run waited for data."""
_TENSOR_CORES = [7, 0]
_WIDE_SAVED = 8_000_000
_WIDE_WEIGHTS = 64_000_000
_BUSY = 0.5


def has_tensor_cores(state: TorchState) -> bool:
    """Whether the first GPU is of compute capability 7.0 or newer."""
    return (state.capability or [0]) >= _TENSOR_CORES


def is_full_precision(entry: Forwards) -> bool:
    """Forwards in float32 without autocast on a device, of a model that autocast matters to."""
    layers = entry.layers
    matters = layers is not None and bool(layers.linears or layers.convs) and not is_altered(layers)
    on_device = entry.device not in (None, "cpu")
    return matters and on_device and entry.dtype == "float32" and entry.autocast is None


def computes_long(record: CellRecord, device: str | None) -> bool:
    """Whether the run computed for at least a second, and kept the device busy.

    What it waited for data and for workers to start does not count, also where a function is looked
    at that was called with each batch. A device that the driver saw
    busy for less than half of the time waits for the host, which faster products don't change.
    """
    waited = sum(each.wait_s + each.startup_s for each in run_of(record).data_loading)
    if record.duration_s - waited < LEAST_S:
        return False
    return not any(
        entry.device == device and entry.utilisation is not None and entry.utilisation < _BUSY
        for entry in record.memory
    )


def is_wide(record: CellRecord, entry: Forwards, weights: int) -> bool:
    """Whether single operations of a training forward are large enough to gain from 16 bits.

    They are if a measured forward of the line saves at least 8 MB (two million values) for its
    backward, or if the weights (bytes) take at least 64 MB, whatever the batch.
    """
    return weights >= _WIDE_WEIGHTS or saved_bytes(record, entry) >= _WIDE_SAVED


def saved_bytes(record: CellRecord, entry: Forwards) -> int:
    """The most that one of these forwards saved for its backward; 0 if none was measured."""
    graphs = record.grad.forward_graphs if record.grad is not None else []
    line = line_of(record, entry.place)
    saved = (
        each.saved_bytes
        for each in graphs
        if each.module == entry.module and line_of(record, each.place) == line
    )
    return max(saved, default=0)

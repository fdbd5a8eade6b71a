"""How much a run's forwards must at least have computed, by sizes alone."""

from __future__ import annotations

from ...record import CellRecord, Forwards, PlacedModule

_PIXELS_A_USE = 300
"""Networks of convolutions use each weight at least once for so many pixels of their input."""
_RATE = 5e8
"""Operations a second and thread, a small share of what a core does."""


def least_operations(module: PlacedModule, entry: Forwards, calls: int) -> float:
    """Operations of ``calls`` forwards: two for each weight and each row of the input.

    Without a shape one row is assumed, so this errs towards too few.
    """
    layers = entry.layers
    convolves = layers is not None and layers.convs > 0
    has_norms = layers is not None and layers.norms_other > 0
    rows = max((_rows(shape, convolves, has_norms) for shape in entry.shapes), default=1.0)
    return 2.0 * module.parameters * rows * calls


def fills(record: CellRecord, operations: float, seconds: float) -> bool:
    """Whether so many operations explain the time: otherwise it went to something else."""
    threads = record.torch.num_threads if record.torch is not None else None
    return operations >= _RATE * (threads or 1) * seconds


def _rows(shape: list[int], convolves: bool, has_norms: bool) -> float:
    """How often each weight is used: by batch, by token or by patch of pixels."""
    if not shape:
        return 1.0
    if convolves:
        pixels = 1
        for size in shape[2:]:
            pixels *= size
        return shape[0] * max(1.0, pixels / _PIXELS_A_USE)
    if len(shape) == 2 and has_norms:  # tokens of a language model
        return float(shape[0] * shape[1])
    rows = 1
    for size in shape[:-1]:
        rows *= size
    return float(rows)

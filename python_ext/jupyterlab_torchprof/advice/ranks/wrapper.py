"""How ranks compute: by their wrapper, or past it."""

from __future__ import annotations

from ...record import CellRecord, Forwards, Replica


def written(wrapper: Replica) -> str:
    """How the code writes it, for the beginning of a sentence."""
    return f"`{wrapper.path}`" if wrapper.path else "The wrapper"


def trained_forwards(record: CellRecord) -> list[Forwards]:
    """Those with gradients."""
    grad = record.grad
    return [] if grad is None else [each for each in grad.forwards if each.grad]


def is_called(record: CellRecord) -> bool:
    """Whether a `DistributedDataParallel` was called to train."""
    return any(each.module == "DistributedDataParallel" for each in trained_forwards(record))

"""Free memory in pieces that are too small."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import CellRecord, OutOfMemory
from ...units import format_bytes
from ...words import count_of
from ..evidence.failures import error_lines
from ..grammar import Case, Finding, Rule

_SHARE = 0.2
_SETTING = "expandable_segments:True"
_NEW_NAME = (2, 9)
"""PyTorch's version from which on the variable is not called after CUDA any more."""


class Fragmentation(Rule):
    """An allocation failed although the caching allocator held enough memory: it lay in pieces none
    of which was large enough.

    Evidence: An out-of-memory error with more than 20 % of the device reserved but not allocated,
    more than was asked for, and allocation retries.

    Fix: By hand: set `expandable_segments:True` for PyTorch's allocator before the device is
    started, and restart the kernel.

    Silent: Where expandable segments are on already.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/cuda.html#optimizing-memory-usage-with-pytorch-cuda-alloc-conf

    Notes: Whether they are on is told from the texts of the cells.
    """

    id = "fragmentation"
    severity = "medium"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """An allocation that failed with much cached."""
        record, out = case.record, case.record.out_of_memory
        if out is None or not is_fragmented(out, case.history):
            return None
        reserved, line = out.reserved_bytes or 0, _line(record)
        asked = out.requested_bytes
        return Finding(
            title=(
                f"{out.device} ran out of memory with "
                f"{format_bytes(reserved - out.allocated_bytes)} cached in pieces that are too "
                "small."
            ),
            explanation=(
                "Tensors of changing sizes leave gaps that the allocator can neither use nor give "
                "back as a whole. With expandable segments it grows its blocks instead of adding "
                f"new ones. Put {line} into the first cell and restart the kernel."
            ),
            evidence=[
                f"{format_bytes(reserved)} were reserved on {out.device} and "
                f"{format_bytes(out.allocated_bytes)} allocated.",
                *([f"{format_bytes(asked)} were asked for."] if asked is not None else []),
                f"The allocator had retried {count_of(out.alloc_retries or 0, 'time')}.",
            ],
            remedy=case.by_hand(
                f"Run {line} before PyTorch starts the device.", lines=error_lines(record)
            ),
        )


def is_fragmented(out: OutOfMemory, history: Sequence[CellRecord]) -> bool:
    """Whether enough memory was cached, in pieces that were too small."""
    if out.reserved_bytes is None or not out.total_bytes or not out.alloc_retries:
        return False
    unused = out.reserved_bytes - out.allocated_bytes
    if unused <= _SHARE * out.total_bytes or unused < (out.requested_bytes or 0):
        return False
    return not any("expandable_segments" in run.source for run in history)


def _line(record: CellRecord) -> str:
    version = record.torch.version if record.torch is not None else ""
    parts = [int(part) for part in version.split("+")[0].split(".")[:2] if part.isdecimal()]
    name = "PYTORCH_ALLOC_CONF" if tuple(parts) >= _NEW_NAME else "PYTORCH_CUDA_ALLOC_CONF"
    return f"`%env {name}={_SETTING}`"

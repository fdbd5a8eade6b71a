"""Free memory in pieces that are too small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, OutOfMemory, Severity
from ...units import format_bytes
from ...words import count_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters

_SHARE = 0.2
_SETTING = "expandable_segments:True"
_NEW_NAME = (2, 9)
"""PyTorch's version from which on the variable is not called after CUDA any more."""


@dataclass(frozen=True, slots=True)
class Fragmented:
    """An allocation that failed although enough memory was cached."""

    record: CellRecord
    out: OutOfMemory
    unused_bytes: int


class Fragmentation(OldRule[Fragmented]):
    """Memory ran out although the allocator held enough of it, in pieces that were too small.

    The finding is a failed allocation with more than 20 % of the device reserved and not
    allocated, at least as much as was asked for, after the allocator had already retried.

    Silent where expandable segments are on by the text of any cell. There is no fix: the setting
    must be made before PyTorch starts the device, so the kernel has to be restarted.
    """

    id: ClassVar[str] = "fragmentation"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = (
        "An allocation failed although the caching allocator held enough memory: it lay in pieces "
        "none of which was large enough."
    )
    proof: ClassVar[str] = (
        "An out-of-memory error with more than 20 % of the device reserved but not allocated, "
        "more than was asked for, and allocation retries."
    )
    cure: ClassVar[str] = (
        "By hand: set `expandable_segments:True` for PyTorch's allocator before the device is "
        "started, and restart the kernel."
    )
    silent: ClassVar[str] = "Where expandable segments are on already."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/cuda.html#optimizing-memory-usage-with-pytorch-cuda-alloc-conf",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Fragmented | None:
        """See the class."""
        out = record.out_of_memory
        if out is None or not is_fragmented(out, history):
            return None
        return Fragmented(record, out, (out.reserved_bytes or 0) - out.allocated_bytes)

    def title(self, finding: Fragmented) -> str:
        """One sentence."""
        unused, out = format_bytes(finding.unused_bytes), finding.out
        return f"{out.device} ran out of memory with {unused} cached in pieces that are too small."

    def explanation(self, finding: Fragmented) -> str:
        """What happens and what can be done."""
        return (
            "Tensors of changing sizes leave gaps that the allocator can neither use nor give "
            "back as a whole. With expandable segments it grows its blocks instead of adding new "
            f"ones. Put {_line(finding.record)} into the first cell and restart the kernel."
        )

    def evidence(self, finding: Fragmented) -> list[str]:
        """Facts of the record."""
        out = finding.out
        facts = [
            f"{format_bytes(out.reserved_bytes or 0)} were reserved on {out.device} and "
            f"{format_bytes(out.allocated_bytes)} allocated.",
            f"The allocator had retried {count_of(out.alloc_retries or 0, 'time')}.",
        ]
        if out.requested_bytes is not None:
            facts.insert(1, f"{format_bytes(out.requested_bytes)} were asked for.")
        return facts

    def remedy(self, finding: Fragmented) -> Remedy:
        """By hand, since the kernel has to be restarted."""
        error = finding.record.error
        lines = [error.line] if error is not None and error.line is not None else []
        return Remedy(
            refusal=f"Run {_line(finding.record)} before PyTorch starts the device.", lines=lines
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

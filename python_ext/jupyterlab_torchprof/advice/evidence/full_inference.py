"""Inference in float32 that a device could do in bfloat16."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...derive import line_of
from ...record import CellRecord, Forwards, MemoryEntry
from .forwards import is_inference
from .gain import is_full_precision
from .library_models import model_of
from .memory import memory_entry
from .modules import Root, is_trained

_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class FullInference:
    """Inference in float32 on a GPU that has bfloat16."""

    entry: Forwards
    line: int
    root: Root
    memory: MemoryEntry | None
    """Of the device."""

    @property
    def weights(self) -> int:
        """Bytes of float32 parameters and buffers."""
        return self.root.module.dtypes.get("float32", 0)

    @property
    def device_bytes(self) -> int:
        """What the device has; 0 if that is not known."""
        return (self.memory.total_bytes or 0) if self.memory is not None else 0

    @property
    def is_large(self) -> bool:
        """Whether the weights take a tenth of the device."""
        return 0 < _SHARE * self.device_bytes <= self.weights


def full_inferences(record: CellRecord, history: Sequence[CellRecord]) -> Iterator[FullInference]:
    """Forwards without gradients in float32, of models that nothing trains."""
    grad, state = record.grad, record.torch
    if grad is None or state is None or not state.bf16 or record.status != "ok":
        return
    if grad.autocast or grad.optimizer_steps:
        return
    for entry in grad.forwards:
        if not (is_inference(entry) and is_full_precision(entry)):
            continue
        root, line = model_of(record, history, entry), line_of(record, entry.place)
        if root is None or root.module.gradient_bytes or line is None:
            continue
        if not is_trained(root, history):
            memory = memory_entry(record, entry.device or "")
            yield FullInference(entry, line, root, memory)

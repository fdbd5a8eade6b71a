"""Remarks on a session: room for larger batches, memory that is watched by hand."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, MemoryEntry, Severity
from ...units import format_bytes
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import read
from .menu import batch_size

_ROOM = 0.5
_BUSY = 0.9
_FULL = 0.9
_FASTER = 1.1
_LEAST_STEPS = 5
_LEAST_S = 0.05
_COMMAND = re.compile(r"^[ \t]*(?:[!%].*\bnvidia-smi\b|\w+[ \t]*=[ \t]*!.*\bnvidia-smi\b)", re.M)
_READERS = frozenset(
    {"max_memory_allocated", "max_memory_reserved", "memory_allocated", "memory_reserved"}
    | {"memory_stats", "memory_summary", "mem_get_info"}
)


@dataclass(frozen=True, slots=True)
class Headroom:
    """Two runs with different batches, the larger of them faster, on a device half empty."""

    record: CellRecord
    memory: MemoryEntry
    sizes: tuple[int, int]
    rates: tuple[float, float]
    """Items a second."""
    predicted_bytes: int
    """Peak at twice the larger batch."""


class BatchHeadroom(OldRule[Headroom]):
    """The device has room for a larger batch, and larger batches were faster.

    The finding is two runs of the session with forwards of the same class, batches of different
    size and at least five steps each, the run with the larger batch at least a tenth faster per
    item, and a peak of at most half of the device. Items a second are the items of all steps by
    the run's duration; the session's first run on the device counts for nothing, since it also
    starts the device.

    Prediction, in the text: ``static + 2 (peak - static)`` at twice the batch, where static is
    what was allocated before; said only if it stays below 90 % of the device. A larger batch
    changes how training converges, so that this is a remark and no fix. Silent when the driver
    says that the device is busy.
    """

    id: ClassVar[str] = "batch-headroom"
    severity: ClassVar[Severity] = "info"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "The accelerator's memory is at most half used, and a larger batch was faster per item."
    )
    proof: ClassVar[str] = (
        "Two runs of this session with different batch sizes, their items a second, and the peak "
        "of the larger."
    )
    cure: ClassVar[str] = (
        "By hand: a larger batch; the remark says what it would take. It changes how training "
        "converges."
    )
    silent: ClassVar[str] = "When the device is busy already, or only one batch size was run."
    sources: ClassVar[tuple[str, ...]] = (
        "https://huggingface.co/docs/transformers/main/en/perf_train_gpu_one",
    )
    once: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Headroom | None:
        """See the class."""
        now = _throughput(record)
        if now is None or len(history) < 2:
            return None
        size, rate, module, device = now
        memory = next((each for each in record.memory if each.device == device), None)
        if memory is None or not memory.total_bytes:
            return None
        busy = memory.utilisation is not None and memory.utilisation >= _BUSY
        if busy or memory.peak_bytes > _ROOM * memory.total_bytes:
            return None
        static = min(memory.allocated_before_bytes, memory.peak_bytes)
        predicted = static + 2 * (memory.peak_bytes - static)
        if predicted > _FULL * memory.total_bytes:
            return None
        for run in _after_the_first(history, device):
            if run is record:
                break
            before = _throughput(run)
            if before is None or before[2:] != (module, device):
                continue
            if before[0] < size and before[1] * _FASTER <= rate:
                sizes, rates = (before[0], size), (before[1], rate)
                return Headroom(record, memory, sizes, rates, predicted)
        return None

    def title(self, finding: Headroom) -> str:
        """One sentence."""
        return f"{finding.memory.device} has room for larger batches than {finding.sizes[1]}."

    def explanation(self, finding: Headroom) -> str:
        """What a larger batch would take."""
        size = 2 * finding.sizes[1]
        return (
            f"The larger batch was faster per item, and the peak left "
            f"{format_bytes((finding.memory.total_bytes or 0) - finding.memory.peak_bytes)} "
            f"unused. A batch of {size} should peak at about "
            f"{format_bytes(finding.predicted_bytes)}. In training it changes how the model "
            "converges, so the learning rate may have to follow."
        )

    def evidence(self, finding: Headroom) -> list[str]:
        """Facts of the records."""
        small, large = finding.sizes
        slow, fast = finding.rates
        memory = finding.memory
        return [
            f"A batch of {small} ran {slow:,.0f} items a second, one of {large} {fast:,.0f}.",
            f"The peak was {format_bytes(memory.peak_bytes)} of "
            f"{format_bytes(memory.total_bytes or 0)} on {memory.device}.",
        ]

    def remedy(self, finding: Headroom) -> Remedy:
        """By hand."""
        return Remedy(refusal="Raise the batch size by hand, and watch how training converges.")


def _throughput(run: CellRecord) -> tuple[int, float, str, str] | None:
    """Batch size, items a second, class and device of the run's most frequent forwards."""
    grad = run.grad
    most = max(grad.forwards, key=lambda entry: entry.calls, default=None) if grad else None
    size = batch_size(run)
    if grad is None or size is None or most is None or run.status != "ok":
        return None
    # Forwards are counted up to a bound, batches and steps are not.
    batches = sum(loading.batches for loading in run.data_loading)
    steps = max(batches, grad.optimizer_steps) or (most.calls if grad.forwards_complete else 0)
    if steps < _LEAST_STEPS or run.duration_s < _LEAST_S or most.device in (None, "cpu"):
        return None
    return size, size * steps / run.duration_s, most.module, str(most.device)


def _after_the_first(history: Sequence[CellRecord], device: str) -> Sequence[CellRecord]:
    """The runs behind the first that used the device."""
    for index, run in enumerate(history):
        forwards = run.grad.forwards if run.grad is not None else []
        if any(entry.device == device for entry in forwards):
            return history[index + 1 :]
    return []


@dataclass(frozen=True, slots=True)
class Watched:
    """A cell that prints how much memory is in use."""

    what: str
    line: int


class ManualMonitoring(OldRule[Watched]):
    """A cell prints the memory in use, which the panel shows for every cell.

    The finding is in the text: a line that runs ``nvidia-smi``, or a statement that prints or
    shows what PyTorch says of its memory. Said once a session, and there is nothing to fix.

    Silent where the number is used: assigned, compared, returned, logged.
    """

    id: ClassVar[str] = "manual-monitoring"
    severity: ClassVar[Severity] = "info"
    alters: ClassVar[Alters] = "nothing"
    what: ClassVar[str] = "A cell prints the memory in use, or runs `nvidia-smi`."
    proof: ClassVar[str] = "The cell's text."
    cure: ClassVar[str] = (
        "Nothing has to change: the panel shows memory before, after and at the peak of each cell, "
        "and `%torchprof` prints it."
    )
    silent: ClassVar[str] = "Where the program uses the number; after the first time."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/cuda.html#memory-management",
    )
    once: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Watched | None:
        """See the class."""
        source = record.source
        if record.status != "ok" or not ("mem" in source or "nvidia-smi" in source):
            return None
        command = _COMMAND.search(source)
        if command is not None:
            return Watched("nvidia-smi", source.count("\n", 0, command.end()) + 1)
        code = read(source)
        for call in code.calls if code is not None else ():
            if call.method in _READERS and call.receiver and _is_shown(call.statement):
                return Watched(call.name, call.line)
        return None

    def title(self, finding: Watched) -> str:
        """One sentence."""
        return "The panel shows the memory of every cell without being asked."

    def explanation(self, finding: Watched) -> str:
        """Where to look."""
        return (
            f"This cell looks at the memory with `{finding.what}`. The panel, and `%torchprof` in "
            "any front end, show memory before, after and at the peak of each cell, by device, "
            "and what holds it."
        )

    def evidence(self, finding: Watched) -> list[str]:
        """A fact of the text."""
        return [f"Line {finding.line} runs `{finding.what}`."]

    def remedy(self, finding: Watched) -> Remedy:
        """Nothing to do."""
        return Remedy(refusal="Nothing has to change.", lines=[finding.line])


def _is_shown(statement: ast.stmt) -> bool:
    """Whether a statement prints, or is itself what the cell shows."""
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in ("print", "display")
    return not isinstance(value, ast.Call) or (
        isinstance(value.func, ast.Attribute) and value.func.attr in _READERS
    )

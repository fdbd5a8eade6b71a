"""Room for larger batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...record import CellRecord, MemoryEntry
from ...units import format_bytes
from ..evidence.memory import is_nearly_full, memory_entry
from ..evidence.runs import place_of
from ..grammar import Case, Finding, Rule
from .options import batch_size

_ROOM = 0.5
_BUSY = 0.9
_FASTER = 1.1
_LEAST_STEPS = 5
_LEAST_S = 0.05


@dataclass(frozen=True, slots=True)
class Throughput:
    """What one run got through a model."""

    batch: int
    rate: float
    """Items a second."""
    module: str
    """Class of the most frequent forwards."""
    device: str


class BatchHeadroom(Rule):
    """The accelerator's memory is at most half used, and a larger batch was faster per item.

    Evidence: Two runs of this session with different batch sizes, their items a second, and the
    peak of the larger.

    Fix: By hand: a larger batch; the remark says what it would take. It changes how training
    converges.

    Silent: When the device is busy already, or only one batch size was run.

    Sources:
        https://huggingface.co/docs/transformers/main/en/perf_train_gpu_one

    Notes: Both runs have forwards of the same class and at least five steps, and the larger batch
    was at least a tenth faster. Items a second are the items of all steps by the run's duration;
    the session's first run on the device counts for nothing, since it also starts the device. It is
    the driver that says whether the device is busy.

    Prediction, in the text: `static + 2 (peak - static)` at twice the batch, where static is what
    was allocated before; it must stay below 90 % of the device.
    """

    id = "batch-headroom"
    severity = "info"
    alters = "run"
    once = True

    def find(self, case: Case) -> Finding | None:
        """An earlier run with a smaller batch that was slower, on a device with room for more."""
        now = _throughput(case.record)
        if now is None or len(case.history) < 2:
            return None
        memory = memory_entry(case.record, now.device)
        total = memory.total_bytes if memory is not None else None
        if memory is None or not total or not _has_room(memory, total):
            return None
        before = next(_slower(case, now), None)
        if before is None:
            return None
        peak = memory.peak_bytes
        return Finding(
            title=f"{now.device} has room for larger batches than {now.batch}.",
            explanation=(
                "The larger batch was faster per item, and the peak left "
                f"{format_bytes(total - peak)} unused. A batch of {2 * now.batch} should peak at "
                f"about {format_bytes(_peak_of_twice(memory))}. In training it changes how the "
                "model converges, so the learning rate may have to follow."
            ),
            evidence=[
                f"A batch of {before.batch} ran {before.rate:,.0f} items a second, one of "
                f"{now.batch} {now.rate:,.0f}.",
                f"The peak was {format_bytes(peak)} of {format_bytes(total)} on {now.device}.",
            ],
            remedy=case.by_hand("Raise the batch size by hand, and watch how training converges."),
        )


def _has_room(memory: MemoryEntry, total: int) -> bool:
    """Whether the device is neither busy nor more than half full, and twice the batch would fit."""
    is_busy = memory.utilisation is not None and memory.utilisation >= _BUSY
    is_full = is_nearly_full(_peak_of_twice(memory), memory)
    return memory.peak_bytes <= _ROOM * total and not is_full and not is_busy


def _peak_of_twice(memory: MemoryEntry) -> int:
    static = min(memory.allocated_before_bytes, memory.peak_bytes)
    return static + 2 * (memory.peak_bytes - static)


def _slower(case: Case, now: Throughput) -> Iterator[Throughput]:
    """Runs of the same model on the same device that had smaller batches and were slower."""
    before = case.history[: place_of(case.record, case.history)]
    for run in _after_the_first(before, now.device):
        other = _throughput(run)
        if other is None or (other.module, other.device) != (now.module, now.device):
            continue
        if other.batch < now.batch and other.rate * _FASTER <= now.rate:
            yield other


def _after_the_first(history: Sequence[CellRecord], device: str) -> Sequence[CellRecord]:
    """The runs behind the first that used the device."""
    for index, run in enumerate(history):
        forwards = run.grad.forwards if run.grad is not None else []
        if any(entry.device == device for entry in forwards):
            return history[index + 1 :]
    return []


def _throughput(run: CellRecord) -> Throughput | None:
    """By the run's most frequent forwards; ``None`` for a failed, a short or the CPU's run."""
    grad, size = run.grad, batch_size(run)
    most = max(grad.forwards, key=lambda entry: entry.calls, default=None) if grad else None
    if grad is None or size is None or most is None or run.status != "ok":
        return None
    # Forwards are counted up to a bound, batches and steps are not.
    batches = sum(loading.batches for loading in run.data_loading)
    steps = max(batches, grad.optimizer_steps) or (most.calls if grad.forwards_complete else 0)
    if steps < _LEAST_STEPS or run.duration_s < _LEAST_S or most.device in (None, "cpu"):
        return None
    return Throughput(size, size * steps / run.duration_s, most.module, str(most.device))

"""Worker processes: where they would help, and where they cost more than they save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, DataLoading, Prediction, Severity
from ...units import format_seconds
from ..code import Program
from ..rule import Remedy, Rule
from ..words import count_of
from .loaders import Loading, made_by, waits_much

_MOST_WORKERS = 8
_IN_MEMORY = frozenset({"TensorDataset"})
_CHEAP_ITEM_S = 1e-4
"""An item that takes less costs more to send between processes than to make."""
_LEAST_BATCH_S = 0.01
_LEAST_SAVING_S = 0.05
_LEAST_SHARE = 0.01
_SPARE_CORES = 3
"""Cores that must be free where making batches and computing both need the processor."""


@dataclass(frozen=True, slots=True)
class Idle(Loading):
    """A loop that waits for batches which nobody makes meanwhile."""

    workers: int
    saving_s: float


class DataloaderWorkersZero(Rule[Idle]):
    """A loop waits for batches that it makes itself, one after the other.

    Worker processes make batches while the loop computes. With ``k`` workers the loop takes
    ``max(T - wait, wait / k)`` where it took ``T``, if the loads are independent: the prediction
    is that difference. ``k`` is one less than the cores, at most 8.

    Zero workers alone are no evidence: it takes a wait of 1 s and 5 % of the loop, in each pass,
    and batches and items that cost so much (10 ms, 0.1 ms) that starting processes and sending
    batches between them is little beside it. Silent for tensors in memory, for batches that are
    made on a device, and where both sides keep the same few cores busy.

    Hazards: each worker has a random state and a copy of the dataset of its own; spawned workers
    cannot import a class that the notebook defines, so there the fix is refused.
    """

    id: ClassVar[str] = "dataloader-workers-zero"
    severity: ClassVar[Severity] = "medium"
    what: ClassVar[str] = (
        "The loop waits while it loads each batch itself; worker processes would load the next "
        "ones while it computes."
    )
    proof: ClassVar[str] = (
        "`num_workers=0`, and waits for batches of at least 1 s and 5 % of the loop in each pass, "
        "10 ms a batch and 0.1 ms an item, measured at the iterator."
    )
    cure: ClassVar[str] = (
        "Sets `num_workers` to one less than the cores, at most 8. Refused where workers are "
        "spawned and the dataset's class is defined in the notebook."
    )
    silent: ClassVar[str] = (
        "Datasets in memory; cheap items; batches that are made on a device; making batches and "
        "computing compete for the same few cores."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/data.html#single-and-multi-process-data-loading",
        "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Idle | None:
        """See the class."""
        for loader in record.data_loading:
            if loader.workers == 0 and _is_slow(loader) and not _competes(record, loader):
                cores = record.torch.cpu_count if record.torch is not None else None
                workers = max(1, min(_MOST_WORKERS, (cores or 1) - 1))
                busy = loader.loop_s - loader.wait_s
                saving = loader.loop_s - max(busy, loader.wait_s / workers)
                if saving >= max(_LEAST_SAVING_S, _LEAST_SHARE * record.duration_s):
                    site = made_by(Program(record, history), loader)
                    return Idle(record, loader, site, workers, saving)
        return None

    def title(self, finding: Idle) -> str:
        """One sentence."""
        share = finding.loader.wait_s / finding.loader.loop_s
        return (
            f"The loop waits {format_seconds(finding.loader.wait_s)} for batches, "
            f"{share:.0%} of its time."
        )

    def explanation(self, finding: Idle) -> str:
        """What happens and what can be done."""
        workers = count_of(finding.workers, "worker process", "worker processes")
        return (
            f"{finding.name} makes each batch of `{finding.loader.dataset}` while the loop waits. "
            f"{workers} would make the next ones meanwhile. Each has a random state and a copy "
            "of the dataset of its own."
        )

    def evidence(self, finding: Idle) -> list[str]:
        """Facts of the record."""
        loader = finding.loader
        facts = [
            f"{count_of(loader.batches, 'batch', 'batches')} took "
            f"{format_seconds(loader.wait_s)} to make; between them the loop worked "
            f"{format_seconds(loader.loop_s - loader.wait_s)}.",
            "The loader has no workers.",
        ]
        if loader.wait_cpu_s is not None:
            share = min(1.0, loader.wait_cpu_s / loader.wait_s)
            facts.append(f"The processor was busy in {share:.0%} of the waits.")
        return facts

    def prediction(self, finding: Idle) -> Prediction:
        """Time of the cell."""
        before = finding.record.duration_s
        after = max(0.0, before - finding.saving_s)
        return Prediction(metric="duration_s", before=before, after=after, unit="s")

    def remedy(self, finding: Idle) -> Remedy:
        """Set the number of workers."""
        from ...fixes.loader import CannotFix, set_workers

        state, loader = finding.record.torch, finding.loader
        method = state.start_method if state is not None else None
        if loader.dataset_in_notebook and method != "fork":
            return Remedy(
                refusal=f"Workers are started by {method} here and cannot import "
                f"`{loader.dataset}`, which this notebook defines: move it into a module.",
                lines=finding.lines,
                code=finding.code,
            )
        if finding.site is None:
            return _unknown(finding)
        try:
            fix = set_workers(finding.site, finding.workers)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=finding.lines, code=finding.code)
        return Remedy(fix=fix, lines=finding.lines, code=finding.code)


@dataclass(frozen=True, slots=True)
class Needless(Loading):
    """Workers that cost more than they save."""

    saving_s: float | None
    """Measured against a run without workers; ``None``: there was none."""


class NeedlessWorkers(Rule[Needless]):
    """Starting workers takes longer than making the batches would.

    Two kinds of evidence: an earlier run of the session iterated over the same kind of dataset
    with the same batch size without workers, and its waits for as many batches were at most half
    of what starting and waiting take now (the prediction is that difference); or the dataset is a
    ``TensorDataset``, whose items are slices of tensors in memory, and starting the workers alone
    takes a fifth of the loop.

    Silent below 50 ms and 1 % of the cell.
    """

    id: ClassVar[str] = "needless-workers"
    severity: ClassVar[Severity] = "low"
    what: ClassVar[str] = (
        "Worker processes are started in every pass although making the batches takes less time "
        "than that."
    )
    proof: ClassVar[str] = (
        "An earlier run without workers waited at most half as long for the same batches; or the "
        "dataset is a `TensorDataset` and starting workers takes a fifth of the loop."
    )
    cure: ClassVar[str] = "Sets `num_workers=0` and drops the arguments that need workers."
    silent: ClassVar[str] = "Less than 50 ms or 1 % of the cell; nothing to compare with."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/data.html#single-and-multi-process-data-loading",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Needless | None:
        """See the class."""
        for loader in record.data_loading:
            found = needless(record, loader, history)
            if found is not None:
                return found
        return None

    def title(self, finding: Needless) -> str:
        """One sentence."""
        loader = finding.loader
        return (
            f"Starting {count_of(loader.workers, 'worker')} took "
            f"{format_seconds(loader.startup_s)}; the batches take less without."
        )

    def explanation(self, finding: Needless) -> str:
        """What happens and what can be done."""
        processes = count_of(finding.loader.workers, "process", "processes")
        return (
            f"Each pass over {finding.name} starts {processes} and sends every batch from there. "
            f"`{finding.loader.dataset}` is so quick that the loop is faster when it makes the "
            "batches itself."
        )

    def evidence(self, finding: Needless) -> list[str]:
        """Facts of the record."""
        loader = finding.loader
        passes = count_of(loader.iterators, "pass", "passes")
        facts = [
            f"{passes} with {count_of(loader.workers, 'worker')}: "
            f"{format_seconds(loader.startup_s)} to start them, {format_seconds(loader.wait_s)} "
            "waiting for batches."
        ]
        if finding.saving_s is not None:
            without = loader.startup_s + loader.wait_s - finding.saving_s
            facts.append(
                f"Without workers, as many batches took {format_seconds(without)} in an earlier "
                "run."
            )
        else:
            facts.append("The dataset's items are slices of tensors in memory.")
        return facts

    def prediction(self, finding: Needless) -> Prediction | None:
        """Time of the cell, where a run without workers was measured."""
        if finding.saving_s is None:
            return None
        before = finding.record.duration_s
        after = max(0.0, before - finding.saving_s)
        return Prediction(metric="duration_s", before=before, after=after, unit="s")

    def remedy(self, finding: Needless) -> Remedy:
        """No workers."""
        from ...fixes.loader import CannotFix, set_workers

        if finding.site is None:
            return _unknown(finding)
        try:
            safe = finding.loader.dataset in _IN_MEMORY
            fix = set_workers(finding.site, 0, safe=safe)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=finding.lines, code=finding.code)
        return Remedy(fix=fix, lines=finding.lines, code=finding.code)


def needless(
    record: CellRecord, loader: DataLoading, history: Sequence[CellRecord]
) -> Needless | None:
    """Whether the workers of a loader cost more than they save."""
    least = max(_LEAST_SAVING_S, _LEAST_SHARE * record.duration_s)
    if not loader.workers or not loader.batches or loader.startup_s < least:
        return None
    now = loader.startup_s + loader.wait_s
    without = _without_workers(record, loader, history)
    saving: float | None = None
    if without is not None:
        saving = now - without * loader.batches
        if saving < max(least, now / 2):
            return None
    elif loader.dataset not in _IN_MEMORY or loader.startup_s < (now + loader.loop_s) / 5:
        return None
    return Needless(record, loader, made_by(Program(record, history), loader), saving)


def _without_workers(
    record: CellRecord, loader: DataLoading, history: Sequence[CellRecord]
) -> float | None:
    """Seconds that a batch took in an earlier run without workers."""
    for run in reversed(history):
        for other in run.data_loading if run is not record else ():
            same = (other.dataset, other.batch_size) == (loader.dataset, loader.batch_size)
            if same and other.workers == 0 and other.batches >= loader.batches // 2 > 0:
                return other.wait_s / other.batches
    return None


def _is_slow(loader: DataLoading) -> bool:
    if not waits_much(loader) or loader.dataset in _IN_MEMORY or not loader.batches:
        return False
    a_batch = loader.wait_s / loader.batches
    an_item = a_batch / (loader.batch_size or 1)
    a_pass = loader.wait_s / max(1, loader.iterators)
    on_host = all(device == "cpu" for device in loader.batch_devices)
    return on_host and a_pass >= 1.0 and a_batch >= _LEAST_BATCH_S and an_item >= _CHEAP_ITEM_S


def _competes(record: CellRecord, loader: DataLoading) -> bool:
    """Whether the loop's own work leaves no core to make batches on."""
    cores = record.torch.cpu_count if record.torch is not None else None
    busy = (loader.wait_cpu_s or 0.0) > loader.wait_s / 2
    grad = record.grad
    on_host = grad is None or all(one.device in (None, "cpu") for one in grad.forwards)
    return busy and on_host and (cores or 1) - 1 < _SPARE_CORES


def _unknown(finding: Loading) -> Remedy:
    return Remedy(
        refusal="The call that makes the loader was not found in the notebook's cells.",
        lines=finding.lines,
    )

"""Worker processes where a loop waits for batches that it makes itself."""

from __future__ import annotations

from ... import fixes
from ...record import CellRecord, DataLoading, TorchState
from ...units import format_percent, format_seconds
from ...words import count_of
from ..evidence.loaders import (
    IN_MEMORY,
    name_of,
    own_wait_s,
    processor_share,
    share_with_core,
    steady_wait_s,
    waited_s,
    waits_for_disk,
    waits_much,
)
from ..evidence.times import is_worth_saying, shortened
from ..grammar import Case, Finding, Rule
from ..grammar.asking import Asked
from ..text.datasets import names_device
from ..text.program import Program
from .estimates import batch_s, cores_of, needs_processor, saving_s, workers_for
from .makers import asked_of, at_maker

_CHEAP_ITEM_S = 1e-4
"""An item that takes less costs more to send between processes than to make."""
_LEAST_BATCH_S = 0.01
_LEAST_PASS_S = 1.0
_NOTED_DELAY = 0.05
_MOST_DELAY = 0.5
"""Shares of the waits in which other programs had the cores."""
_SPARE_CORES = 3
"""Cores that must be free where making batches and computing both need the processor."""


class DataloaderWorkersZero(Rule):
    """The loop waits while it loads each batch itself; worker processes would load the next ones
    while it computes.

    Evidence: `num_workers=0`, and waits for batches of at least 1 s and 5 % of the loop in each
    pass, 10 ms a batch and 0.1 ms an item, measured at the iterator. Waits that come only once do
    not count.

    Fix: Sets `num_workers` to one less than the cores, or to more where making a batch leaves the
    processor idle; at most 8. Of a loader that a library made, the library's own argument:
    `dataloader_num_workers` of `TrainingArguments`, `iterator_train__num_workers` of skorch's nets.
    Refused where workers are spawned and the notebook defines the dataset or what it calls, and
    where the dataset's class names a device.

    Silent: Datasets in memory; cheap items; iterable datasets; batches that are made on a device;
    a wait for the first batch only; making batches and computing compete for the same few cores;
    other programs had the cores; a spinning disk is waited for.

    Sources:
        https://docs.pytorch.org/docs/stable/data.html#single-and-multi-process-data-loading
        https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html

    Notes: Of several loaders it is about the one that would save most; the prediction is what the
    module `estimates` calculates. Time in which the thread was ready to run and other programs had
    the cores is no wait for data: workers would not get a core either. It is taken off, and where
    it is more than half of the waits nothing is said. Each worker would go through the whole of an
    iterable dataset.

    Hazards: each worker has a random state and a copy of the dataset of its own; spawned workers
    cannot import what the notebook defines, and forked ones cannot use a device that it has
    started.
    """

    id = "dataloader-workers-zero"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The loader without workers that would save most with them."""
        record, loader = case.record, loader_for_workers(case.record)
        if loader is None:
            return None
        workers, saving = workers_for(record, loader), saving_s(record, loader)
        waited = waited_s(loader)
        share = format_percent(min(1.0, waited / record.duration_s))
        asked = asked_of(case, loader, "workers", str(workers))
        return Finding(
            title=f"The loop waits {format_seconds(waited)} for batches, {share} of the run.",
            explanation=_explanation(loader, workers, cores_of(record), asked),
            evidence=_evidence(loader),
            remedy=at_maker(
                case,
                loader,
                lambda maker: fixes.loader.set_workers([maker], workers),
                asked=asked,
                title=f"Load with {count_of(workers, 'worker process', 'worker processes')}",
                why_not=_why_not(record.torch, loader, case.program),
            ),
            prediction=shortened(record, saving),
        )


def loader_for_workers(record: CellRecord) -> DataLoading | None:
    """The loader without workers that would save most with them, if that is worth saying."""
    slow = (
        each
        for each in record.data_loading
        if _is_slow(each) and not _competes(record, each) and not _spins(record, each)
    )
    loader = max(slow, key=lambda each: saving_s(record, each), default=None)
    return (
        loader if loader is not None and is_worth_saying(saving_s(record, loader), record) else None
    )


def _spins(record: CellRecord, loader: DataLoading) -> bool:
    """Whether a spinning disk is waited for, which reads one thing after the other."""
    state = record.torch
    return state is not None and state.rotational is True and waits_for_disk(loader)


def _is_slow(loader: DataLoading) -> bool:
    """Whether the loop makes its batches itself, and each pass takes long over that."""
    if loader.workers or loader.dataset in IN_MEMORY or loader.iterable:
        return False
    steady = steady_wait_s(loader)
    if not steady or not waits_much(loader) or share_with_core(loader) < _MOST_DELAY:
        return False
    a_batch = batch_s(loader)
    return (
        all(device == "cpu" for device in loader.batch_devices)
        and steady / max(1, loader.iterators) >= _LEAST_PASS_S
        and a_batch >= _LEAST_BATCH_S
        and a_batch / (loader.batch_size or 1) >= _CHEAP_ITEM_S
    )


def _competes(record: CellRecord, loader: DataLoading) -> bool:
    """Whether the loop's own work leaves no core to make batches on."""
    return needs_processor(record, loader) and cores_of(record) - 1 < _SPARE_CORES


def _explanation(loader: DataLoading, workers: int, cores: int, asked: Asked | None) -> str:
    has = "It has" if workers == 1 else "Each has"
    if workers > cores:
        has = (
            f"They mostly wait, so that {count_of(cores, 'core')} will do; PyTorch warns of more "
            f"workers than cores all the same. {has}"
        )
    return (
        f"{name_of(loader)} makes each batch of `{loader.dataset}` while the loop waits. "
        f"{count_of(workers, 'worker process', 'worker processes')} would make the next ones "
        f"meanwhile. {has} a random state and a copy of the dataset of its own."
        + ("" if asked is None else f" {asked.words} starts them.")
    )


def _evidence(loader: DataLoading) -> list[str]:
    facts = [
        f"{count_of(loader.batches, 'batch', 'batches')} took "
        f"{format_seconds(own_wait_s(loader))} to make; between them the loop worked "
        f"{format_seconds(loader.loop_s - loader.wait_s)}.",
        "The loader has no workers.",
    ]
    if loader.wait_cpu_s is not None:
        facts.append(f"The processor was busy in {processor_share(loader):.0%} of the waits.")
    delay = loader.wait_delay_s or 0.0
    if delay >= _NOTED_DELAY * loader.wait_s:
        facts.append(
            f"For another {format_seconds(delay)} other programs had the cores; workers would not "
            "get one sooner."
        )
    return facts


def _why_not(state: TorchState | None, loader: DataLoading, program: Program) -> str | None:
    """Why workers could not make these batches."""
    method = state.start_method if state is not None else None
    if method != "fork" and loader.dataset_in_notebook:
        return (
            f"Worker processes cannot import what this notebook defines for {name_of(loader)} "
            f"when they are started by {method or 'another method than fork'}: move "
            f"`{loader.dataset}` and what it calls into a module."
        )
    has_started = state is not None and state.accelerator
    if method == "fork" and has_started and names_device(program, loader.dataset):
        return (
            f"`{loader.dataset}` names a device, and a forked worker cannot use one that the "
            "notebook has started."
        )
    return None

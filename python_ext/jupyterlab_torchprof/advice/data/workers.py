"""Worker processes where a loop waits for batches that it makes itself."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

from ...record import CellRecord, DataLoading, Prediction, Severity
from ...units import format_seconds
from ...words import count_of
from ..evidence.loaders import (
    IN_MEMORY,
    Loading,
    made_by,
    not_found,
    own_wait_s,
    processor_share,
    share_with_core,
    steady_wait_s,
    waits_much,
)
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, read

_MOST_WORKERS = 8
_CHEAP_ITEM_S = 1e-4
"""An item that takes less costs more to send between processes than to make."""
_LEAST_BATCH_S = 0.01
_LEAST_PASS_S = 1.0
_LEAST_SAVING_S = 0.05
_LEAST_SHARE = 0.01
_NOTED_DELAY = 0.05
_MOST_DELAY = 0.5
"""Shares of the waits in which other programs had the cores."""
_SPARE_CORES = 3
"""Cores that must be free where making batches and computing both need the processor."""


@dataclass(frozen=True, slots=True)
class Idle(Loading):
    """A loop that waits for batches which nobody makes meanwhile."""

    workers: int
    saving_s: float
    names_device: bool
    """The dataset's class stands in the notebook and speaks of devices."""


class DataloaderWorkersZero(OldRule[Idle]):
    """A loop waits for batches that it makes itself, one after the other.

    Worker processes make batches while the loop computes. Of ``n`` batches of ``b`` seconds
    (the median) that each pass takes, ``k`` workers make each in ``b`` and all in
    ``ceil(n / k) * b``, and the first must still be waited for. So with ``w`` seconds of work on
    the batches of a pass it takes ``max(w + b, ceil(n / k) * b)`` instead of ``w + n * b``, and,
    where both keep the processor busy, no less than the cores need for all of it. The prediction
    is the difference. ``k`` is one less than the cores. Where making a batch keeps a core busy for
    a part of its time only (``s``: it waits for a network, a disk, a clock), more workers than
    cores are of use: as few as save the most, and no more than ``(cores - 1) / s``. At most 8.

    Time in which the thread was ready to run and other programs had the cores is no wait for
    data: workers would not get a core either. It is taken off, and where it is more than half of
    the waits nothing is said.

    Zero workers alone are no evidence: it takes a wait of 1 s and 5 % of the loop, in each pass,
    and batches and items that cost so much (10 ms, 0.1 ms) that starting processes and sending
    batches between them is little beside it. What is waited for once, as when the first item
    opens a file or fills a cache, does not count. Silent for tensors in memory, for batches that
    are made on a device, for iterable datasets, of which each worker would go through the whole,
    and where both sides keep the same few cores busy.

    Hazards: each worker has a random state and a copy of the dataset of its own; spawned workers
    cannot import what the notebook defines, and forked ones cannot use a device that it has
    started, so there the fix is refused.
    """

    id: ClassVar[str] = "dataloader-workers-zero"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "The loop waits while it loads each batch itself; worker processes would load the next "
        "ones while it computes."
    )
    proof: ClassVar[str] = (
        "`num_workers=0`, and waits for batches of at least 1 s and 5 % of the loop in each pass, "
        "10 ms a batch and 0.1 ms an item, measured at the iterator. Waits that come only once do "
        "not count."
    )
    cure: ClassVar[str] = (
        "Sets `num_workers` to one less than the cores, or to more where making a batch leaves the "
        "processor idle; at most 8. Refused where workers are spawned and the notebook defines the "
        "dataset or what it calls, and where the dataset's class names a device."
    )
    silent: ClassVar[str] = (
        "Datasets in memory; cheap items; iterable datasets; batches that are made on a device; "
        "a wait for the first batch only; making batches and computing compete for the same few "
        "cores; other programs had the cores."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/data.html#single-and-multi-process-data-loading",
        "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Idle | None:
        """See the class; of several loaders the one that would save most."""
        best: tuple[float, int, DataLoading] | None = None
        for loader in record.data_loading:
            if loader.workers == 0 and _is_slow(loader) and not _competes(record, loader):
                workers = workers_for(record, loader)
                saving = _saving_s(record, loader, workers)
                if best is None or saving > best[0]:
                    best = saving, workers, loader
        if best is None or best[0] < max(_LEAST_SAVING_S, _LEAST_SHARE * record.duration_s):
            return None
        saving, workers, loader = best
        program = Program(record, history)
        device = _names_device(program, loader.dataset)
        return Idle(record, loader, made_by(program, loader), workers, saving, device)

    def title(self, finding: Idle) -> str:
        """One sentence."""
        own = own_wait_s(finding.loader)
        return (
            f"The loop waits {format_seconds(own)} for batches, "
            f"{own / finding.loader.loop_s:.0%} of its time."
        )

    def explanation(self, finding: Idle) -> str:
        """What happens and what can be done."""
        workers = count_of(finding.workers, "worker process", "worker processes")
        has = "It has" if finding.workers == 1 else "Each has"
        if finding.workers > _cores(finding.record):
            cores = count_of(_cores(finding.record), "core")
            has = (
                f"They mostly wait, so that {cores} will do; PyTorch warns of more workers than "
                f"cores all the same. {has}"
            )
        return (
            f"{finding.name} makes each batch of `{finding.loader.dataset}` while the loop waits. "
            f"{workers} would make the next ones meanwhile. {has} a random state and a copy "
            "of the dataset of its own."
        )

    def evidence(self, finding: Idle) -> list[str]:
        """Facts of the record."""
        loader = finding.loader
        facts = [
            f"{count_of(loader.batches, 'batch', 'batches')} took "
            f"{format_seconds(own_wait_s(loader))} to make; between them the loop worked "
            f"{format_seconds(loader.loop_s - loader.wait_s)}.",
            "The loader has no workers.",
        ]
        if loader.wait_cpu_s is not None:
            busy = processor_share(loader)
            facts.append(f"The processor was busy in {busy:.0%} of the waits.")
        delay = loader.wait_delay_s or 0.0
        if delay >= _NOTED_DELAY * loader.wait_s:
            facts.append(
                f"For another {format_seconds(delay)} other programs had the cores; that is not "
                "counted."
            )
        return facts

    def prediction(self, finding: Idle) -> Prediction:
        """Time of the cell."""
        before = finding.record.duration_s
        after = max(0.0, before - finding.saving_s)
        return Prediction(metric="duration_s", before=before, after=after, unit="s")

    def remedy(self, finding: Idle) -> Remedy:
        """Set the number of workers."""
        from ...fixes.loader import CannotFix, set_workers

        reason = _why_not(finding)
        if reason is not None:
            return Remedy(refusal=reason, lines=finding.lines, code=finding.code)
        if finding.site is None:
            return not_found(finding)
        try:
            fix = set_workers([finding.site], finding.workers)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=finding.lines, code=finding.code)
        return Remedy(fix=fix, lines=finding.lines, code=finding.code)


def _is_slow(loader: DataLoading) -> bool:
    steady = steady_wait_s(loader)
    if not steady or not waits_much(loader) or loader.dataset in IN_MEMORY or loader.iterable:
        return False
    if share_with_core(loader) < _MOST_DELAY:
        return False
    a_batch = _batch_s(loader)
    an_item = a_batch / (loader.batch_size or 1)
    a_pass = steady / max(1, loader.iterators)
    on_host = all(device == "cpu" for device in loader.batch_devices)
    return (
        on_host
        and a_pass >= _LEAST_PASS_S
        and a_batch >= _LEAST_BATCH_S
        and an_item >= _CHEAP_ITEM_S
    )


def workers_for(record: CellRecord, loader: DataLoading) -> int:
    """How many worker processes would make the batches of a loader without any; see the rule."""
    cores = _cores(record)
    usual = max(1, min(_MOST_WORKERS, cores - 1))
    busy = processor_share(loader) if loader.wait_cpu_s is not None else 1.0
    most = min(_MOST_WORKERS, int(max(1, cores - 1) / max(busy, 1 / _MOST_WORKERS)))
    counts = range(usual, max(usual, most) + 1)
    return max(counts, key=lambda count: (round(_saving_s(record, loader, count), 9), -count))


def _batch_s(loader: DataLoading) -> float:
    """What it takes to make one, without waiting for a core."""
    return (loader.wait_p50_s or 0.0) * share_with_core(loader)


def _saving_s(record: CellRecord, loader: DataLoading, workers: int) -> float:
    """What the workers save in the loop; see the rule."""
    steady, a_batch = steady_wait_s(loader), _batch_s(loader)
    work, passes = loader.loop_s - loader.wait_s, max(1, loader.iterators)
    rounds = ceil(loader.batches / passes / workers)
    after = max(work + passes * a_batch, passes * rounds * a_batch)
    if _needs_processor(record, loader):
        cores = _cores(record)
        threads = record.torch.num_threads if record.torch is not None else None
        after = max(after, (steady + work * min(cores, threads or cores)) / cores)
    return steady + work - after


def _competes(record: CellRecord, loader: DataLoading) -> bool:
    """Whether the loop's own work leaves no core to make batches on."""
    return _needs_processor(record, loader) and _cores(record) - 1 < _SPARE_CORES


def _needs_processor(record: CellRecord, loader: DataLoading) -> bool:
    """Whether making batches and computing both keep the processor busy."""
    busy = processor_share(loader) > 0.5
    grad = record.grad
    return busy and (grad is None or all(one.device in (None, "cpu") for one in grad.forwards))


def _cores(record: CellRecord) -> int:
    return (record.torch.cpu_count if record.torch is not None else None) or 1


def _why_not(finding: Idle) -> str | None:
    """Why workers could not make these batches."""
    state, loader = finding.record.torch, finding.loader
    method = state.start_method if state is not None else None
    if method != "fork":
        if loader.dataset_in_notebook:
            return (
                f"Worker processes cannot import what this notebook defines for {finding.name} "
                f"when they are started by {method or 'another method than fork'}: move "
                f"`{loader.dataset}` and what it calls into a module."
            )
    elif state is not None and state.accelerator and finding.names_device:
        return (
            f"`{loader.dataset}` names a device, and a forked worker cannot use one that the "
            "notebook has started."
        )
    return None


def _names_device(program: Program, name: str) -> bool:
    for cell in program.cells:
        code = read(cell.source) if f"class {name}" in cell.source else None
        for node in ast.walk(code.tree) if code is not None else ():
            if isinstance(node, ast.ClassDef) and node.name == name:
                return any(_is_device(part) for part in ast.walk(node))
    return False


def _is_device(node: ast.AST) -> bool:
    word = {ast.Name: "id", ast.Attribute: "attr", ast.keyword: "arg", ast.arg: "arg"}
    text = getattr(node, word.get(type(node), ""), None)
    return isinstance(text, str) and ("device" in text.lower() or text == "cuda")

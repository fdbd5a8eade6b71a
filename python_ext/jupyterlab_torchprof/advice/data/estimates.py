"""What worker processes would save a loop that makes its batches itself.

Worker processes make batches while the loop computes. Of ``n`` batches of ``b`` seconds (the
median) that each pass takes, ``k`` workers make each in ``b`` and all in ``ceil(n / k) * b``, and
the first must still be waited for. So with ``w`` seconds of work on the batches of a pass it takes
``max(w + b, ceil(n / k) * b)`` instead of ``w + n * b``, and, where both keep the processor busy,
no less than the cores need for all of it.

``k`` is one less than the cores. Where making a batch keeps a core busy for a part of its time
only (``s``: it waits for a network, a disk, a clock), more workers than cores are of use: as few
as save the most, and no more than ``(cores - 1) / s``. At most 8.
"""

from __future__ import annotations

from math import ceil

from ...record import CellRecord, DataLoading
from ..evidence.loaders import processor_share, share_with_core, steady_wait_s

_MOST_WORKERS = 8


def workers_for(record: CellRecord, loader: DataLoading) -> int:
    """How many worker processes would make the batches of a loader without any."""
    spare = max(1, cores_of(record) - 1)
    usual = min(_MOST_WORKERS, spare)
    busy = processor_share(loader) if loader.wait_cpu_s is not None else 1.0
    most = min(_MOST_WORKERS, int(spare / max(busy, 1 / _MOST_WORKERS)))
    counts = range(usual, max(usual, most) + 1)
    return max(counts, key=lambda count: (round(_saving_s(record, loader, count), 9), -count))


def saving_s(record: CellRecord, loader: DataLoading) -> float:
    """What these workers would save in the loop."""
    return _saving_s(record, loader, workers_for(record, loader))


def batch_s(loader: DataLoading) -> float:
    """What it takes to make a batch, without waiting for a core."""
    return (loader.wait_p50_s or 0.0) * share_with_core(loader)


def needs_processor(record: CellRecord, loader: DataLoading) -> bool:
    """Whether making batches and computing both keep the processor busy."""
    forwards = record.grad.forwards if record.grad is not None else []
    return processor_share(loader) > 0.5 and all(one.device in (None, "cpu") for one in forwards)


def cores_of(record: CellRecord) -> int:
    """The cores that the process may use; one, if that is not known."""
    return (record.torch.cpu_count if record.torch is not None else None) or 1


def _saving_s(record: CellRecord, loader: DataLoading, workers: int) -> float:
    steady, a_batch = steady_wait_s(loader), batch_s(loader)
    work, passes = loader.loop_s - loader.wait_s, max(1, loader.iterators)
    rounds = ceil(loader.batches / passes / workers)
    after = max(work + passes * a_batch, passes * rounds * a_batch)
    if needs_processor(record, loader):
        cores = cores_of(record)
        threads = record.torch.num_threads if record.torch is not None else None
        after = max(after, (steady + work * min(cores, threads or cores)) / cores)
    return steady + work - after

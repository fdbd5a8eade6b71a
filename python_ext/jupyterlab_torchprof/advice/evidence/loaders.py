"""A loader that ran, and the call in the notebook that made it."""

from __future__ import annotations

import ast

from ...record import CellRecord, DataLoading
from ..text.makers import assigned_to
from ..text.paths import path_of
from ..text.program import Program, Site
from .making import sites_at

LOADER = (
    "torch.utils.data.DataLoader",
    "torch.utils.data.dataloader.DataLoader",
)
"""Full names of the class."""
LEAST_SHARE = 0.05
"""Of the loop's time; the former TensorBoard profiler plugin spoke from here on, too."""
LEAST_WAIT_S = 1.0
_LEAST_READ = 16 << 20
_LEAST_READ_PER_S = 4 << 20
"""Less would be no work for a disk: something else is waited for."""
_MOST_BUSY = 0.5
IN_MEMORY = frozenset({"TensorDataset"})
"""Datasets whose items are slices of tensors: cheaper to take than to send."""


def training_loaders(record: CellRecord) -> list[DataLoading]:
    """Those whose batches were trained on."""
    return [each for each in record.data_loading if each.role == "training"]


def name_of(loader: DataLoading) -> str:
    """How the user would call it."""
    name = loader.variable or loader.name
    return f"`{name}`" if name else "The loader"


def share_with_core(loader: DataLoading) -> float:
    """Share of the waits in which the waiting thread had a core or wanted none.

    In the rest other programs had them all: nothing in the notebook makes that shorter.
    """
    if not loader.wait_delay_s or not loader.wait_s:
        return 1.0
    return max(0.0, 1.0 - loader.wait_delay_s / loader.wait_s)


def own_wait_s(loader: DataLoading) -> float:
    """What the loop waited for batches, without waiting for a core."""
    return loader.wait_s * share_with_core(loader)


def waited_s(loader: DataLoading) -> float:
    """What the run waited for a loader, as every view tells it: to start, and for batches."""
    return loader.startup_s + loader.wait_s


def processor_share(loader: DataLoading) -> float:
    """How busy the waiting thread kept a core meanwhile; 0: it waited for something else."""
    own = own_wait_s(loader)
    return min(1.0, (loader.wait_cpu_s or 0.0) / own) if own else 1.0


def waits_much(loader: DataLoading) -> bool:
    """Whether the loop spends a second and 5 % of its time waiting for batches."""
    own = own_wait_s(loader)
    return own >= LEAST_WAIT_S and own >= LEAST_SHARE * loader.loop_s


def steady_wait_s(loader: DataLoading) -> float:
    """What waiting takes if every batch takes the median: what comes back with each batch.

    What is paid once (a file that is opened at the first item, a cache that is filled) is not in
    it, nor are waits for a core. Nothing is known of passes of one batch.
    """
    if loader.wait_p50_s is None:
        return 0.0
    return min(loader.wait_s, loader.wait_p50_s * loader.batches) * share_with_core(loader)


def waits_for_disk(loader: DataLoading) -> bool:
    """Whether the loop waits for batches, the processor idles, and the disk has work."""
    read = loader.read_bytes or 0
    if loader.workers or read < _LEAST_READ or not waits_much(loader):
        return False
    if read / own_wait_s(loader) < _LEAST_READ_PER_S or steady_wait_s(loader) < LEAST_WAIT_S:
        return False
    return loader.wait_cpu_s is not None and processor_share(loader) < _MOST_BUSY


def made_by(program: Program, loader: DataLoading) -> Site | None:
    """The call that made a loader, unless two of one line cannot be told apart."""
    every = list(program.calls(*LOADER))
    sites = sites_at(loader.made, every) or _prepared(program, loader, every)
    found = [site for site in sites if _agrees(site, loader)]
    return found[0] if len(found) == 1 else None


def _prepared(program: Program, loader: DataLoading, sites: list[Site]) -> list[Site]:
    """The calls that made what accelerate's ``prepare`` got, if that made a loader like it."""
    preparing = sites_at(loader.made, program.methods("prepare"))
    given = {path_of(each) for site in preparing for each in site.call.node.args}
    return [
        site
        for site in sites
        if assigned_to(site.call) & given and _has_size(site, loader.batch_size)
    ]


def _has_size(site: Site, size: int | None) -> bool:
    """Whether a loader can have been made with batches of this size."""
    given = site.call.keywords.get("batch_size")
    return not isinstance(given, ast.Constant) or given.value == size


def _agrees(site: Site, loader: DataLoading) -> bool:
    """Whether the call can have made a loader with as many workers."""
    workers = site.call.keywords.get("num_workers")
    if workers is None:
        return loader.workers == 0 or site.call.has_double_star or len(site.call.node.args) > 5
    return not isinstance(workers, ast.Constant) or workers.value == loader.workers

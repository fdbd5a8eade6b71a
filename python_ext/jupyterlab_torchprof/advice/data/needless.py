"""Worker processes that cost more than they save."""

from __future__ import annotations

from dataclasses import dataclass

from ... import fixes
from ...record import DataLoading
from ...units import format_seconds
from ...words import count_of
from ..evidence.loaders import IN_MEMORY, made_by, name_of
from ..evidence.runs import place_of
from ..evidence.times import is_worth_saying, shortened
from ..grammar import Case, Finding, Rule
from ..text.notebook import Outlook
from ..text.program import Site
from .makers import at_maker

_LEAST_STARTUP_SHARE = 0.2
_CHANGED = ("num_workers", "persistent_workers", "prefetch_factor")
"""What the fix changes of a loader, and a cell may read."""


@dataclass(frozen=True, slots=True)
class Needless:
    """A loader whose workers cost more than they save."""

    loader: DataLoading
    saving_s: float | None
    """Measured against a run without workers; ``None``: there was none."""
    makes_slices: bool
    """Its batches are nothing but slices of tensors, as far as the text tells."""


class NeedlessWorkers(Rule):
    """Worker processes are started in every pass although making the batches takes less time than
    that.

    Evidence: An earlier run of the same loader without workers waited at most half as long for the
    same batches; or the dataset is a `TensorDataset` without a `collate_fn`, and starting the
    workers takes a fifth of the time.

    Fix: Sets `num_workers=0` and drops the arguments that need workers.

    Silent: Less than 50 ms or 1 % of the cell; a look at the first batch only; other datasets as
    long as there is no run to compare with.

    Sources:
        https://docs.pytorch.org/docs/stable/data.html#single-and-multi-process-data-loading

    Notes: A loader is the same if its variable, the kind of its dataset and the size and bytes of
    its batches are. The prediction is what starting and waiting take now, less what the earlier
    run waited for as many batches; slices of tensors promise no number.
    """

    id = "needless-workers"
    severity = "low"
    alters = "run"
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """The first loader that would do without."""
        answers = (needless(case, loader) for loader in case.record.data_loading)
        found = next(filter(None, answers), None)
        if found is None:
            return None
        loader, saving_s, is_sure = found.loader, found.saving_s, found.makes_slices
        when = "The first" if loader.persistent_workers else "Each"
        return Finding(
            title=_title(found),
            explanation=(
                f"{when} pass over {name_of(loader)} starts "
                f"{count_of(loader.workers, 'process', 'processes')}, and every batch is sent from "
                f"there. To make a batch of `{loader.dataset}` in the loop itself takes less than "
                "that."
            ),
            evidence=_evidence(found),
            remedy=at_maker(
                case,
                loader,
                lambda maker: fixes.loader.set_workers(
                    [maker], 0, safe=is_sure and _makes_nothing_else(maker)
                ),
            ),
            prediction=None if saving_s is None else shortened(case.record, saving_s),
            outlook=lambda later: (
                Outlook.SAFE if is_sure and not later.asks_for(_CHANGED) else Outlook.UNSAFE
            ),
        )


def needless(case: Case, loader: DataLoading) -> Needless | None:
    """What shows that the workers of a loader cost more than they save, if anything does."""
    looked_only = loader.batches <= loader.iterators
    if not loader.workers or looked_only or not is_worth_saying(loader.startup_s, case.record):
        return None
    without_s = _wait_without_workers(case, loader)
    if without_s is None:
        is_slow = loader.startup_s >= _LEAST_STARTUP_SHARE * (loader.startup_s + loader.loop_s)
        return Needless(loader, None, True) if is_slow and _makes_slices(case, loader) else None
    now_s = loader.startup_s + loader.wait_s
    saving_s = now_s - without_s
    if saving_s < now_s / 2 or not is_worth_saying(saving_s, case.record):
        return None
    return Needless(loader, saving_s, _makes_slices(case, loader))


def _wait_without_workers(case: Case, loader: DataLoading) -> float | None:
    """What an earlier run without workers waited for as many batches, in seconds."""
    if loader.variable is None:
        return None
    for run in reversed(case.history[: place_of(case.record, case.history)]):
        for other in run.data_loading:
            is_long_enough = other.batches >= loader.batches // 2 > 0
            if other.workers == 0 and is_long_enough and _are_alike(other, loader):
                return other.wait_s / other.batches * loader.batches
    return None


def _are_alike(one: DataLoading, other: DataLoading) -> bool:
    """Whether two loaders make the same batches, as far as that can be seen."""
    return all(
        getattr(one, fact) == getattr(other, fact)
        for fact in ("variable", "dataset", "batch_size", "batch_bytes")
    )


def _makes_slices(case: Case, loader: DataLoading) -> bool:
    """Whether the batches are nothing but slices of tensors, as far as the call tells."""
    in_memory = loader.dataset in IN_MEMORY and not loader.dataset_in_notebook
    maker = made_by(case.program, loader) if in_memory else None
    if maker is None:
        return False
    return not maker.call.has_double_star and "collate_fn" not in maker.call.keywords


def _makes_nothing_else(maker: Site) -> bool:
    """Whether the call has made this loader only, and no other one of other data."""
    return maker.call.function is None and not maker.call.loops


def _title(found: Needless) -> str:
    loader = found.loader
    startup = format_seconds(loader.startup_s)
    started = f"Starting {count_of(loader.workers, 'worker')} took {startup}"
    if found.saving_s is None:
        return f"{started}, for batches that are slices of tensors in memory."
    return f"{started}; the batches take less without."


def _evidence(found: Needless) -> list[str]:
    loader = found.loader
    workers, startup = count_of(loader.workers, "worker"), format_seconds(loader.startup_s)
    passes = count_of(loader.iterators, "pass", "passes")
    waited = format_seconds(loader.wait_s)
    cost = f"{passes} with {workers}: {startup} to start them, {waited} waiting for batches."
    if found.saving_s is None:
        return [cost, f"The items of `{loader.dataset}` are slices of tensors in memory."]
    without = format_seconds(loader.startup_s + loader.wait_s - found.saving_s)
    return [cost, f"Without workers, as many batches took {without} in an earlier run."]

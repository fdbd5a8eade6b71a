"""Worker processes that cost more than they save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, DataLoading, Prediction, Severity
from ...units import format_seconds
from ...words import count_of
from ..evidence.loaders import IN_MEMORY, Loading, made_by, not_found
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program
from ..text.notebook import Later, Outlook

_LEAST_SAVING_S = 0.05
_LEAST_SHARE = 0.01
_LEAST_STARTUP_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Needless(Loading):
    """Workers that cost more than they save."""

    saving_s: float | None
    """Measured against a run without workers; ``None``: there was none."""


class NeedlessWorkers(OldRule[Needless]):
    """Starting workers and waiting for them takes longer than making the batches would.

    Two kinds of evidence: in an earlier run of the session the same variable's loader, with the
    same kind of dataset and batches of as many bytes, had no workers, and its waits for as many
    batches were at most half of what starting and waiting take now (the prediction is that
    difference); or the dataset is a ``TensorDataset`` whose batches nobody collates in a way of
    their own, so that they are slices of tensors in memory, and starting the workers takes a
    fifth of the time.

    Silent below 50 ms and 1 % of the cell, and for a look at the first batch only.
    """

    id: ClassVar[str] = "needless-workers"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "Worker processes are started in every pass although making the batches takes less time "
        "than that."
    )
    proof: ClassVar[str] = (
        "An earlier run of the same loader without workers waited at most half as long for the "
        "same batches; or the dataset is a `TensorDataset` without a `collate_fn`, and starting "
        "the workers takes a fifth of the time."
    )
    cure: ClassVar[str] = "Sets `num_workers=0` and drops the arguments that need workers."
    silent: ClassVar[str] = (
        "Less than 50 ms or 1 % of the cell; a look at the first batch only; other datasets as "
        "long as there is no run to compare with."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/data.html#single-and-multi-process-data-loading",
    )
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Needless | None:
        """See the class."""
        for loader in record.data_loading:
            found = needless(record, loader, history)
            if found is not None:
                return found
        return None

    def outlook(self, finding: Needless, later: Later) -> Outlook:
        """Whether no cell reads what is changed of the loader."""
        asks = later.asks_for(["num_workers", "persistent_workers", "prefetch_factor"])
        return Outlook.UNSAFE if asks or not _is_plain(finding) else Outlook.SAFE

    def title(self, finding: Needless) -> str:
        """One sentence."""
        loader = finding.loader
        started = (
            f"Starting {count_of(loader.workers, 'worker')} took {format_seconds(loader.startup_s)}"
        )
        if finding.saving_s is None:
            return f"{started}, for batches that are slices of tensors in memory."
        return f"{started}; the batches take less without."

    def explanation(self, finding: Needless) -> str:
        """What happens and what can be done."""
        loader = finding.loader
        processes = count_of(loader.workers, "process", "processes")
        when = "The first" if loader.persistent_workers else "Each"
        return (
            f"{when} pass over {finding.name} starts {processes}, and every batch is sent from "
            f"there. To make a batch of `{loader.dataset}` in the loop itself takes less than that."
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
            facts.append(f"The items of `{loader.dataset}` are slices of tensors in memory.")
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
            return not_found(finding)
        try:
            fix = set_workers([finding.site], 0, safe=_is_plain(finding))
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=finding.lines, code=finding.code)
        return Remedy(fix=fix, lines=finding.lines, code=finding.code)


def needless(
    record: CellRecord, loader: DataLoading, history: Sequence[CellRecord]
) -> Needless | None:
    """Whether the workers of a loader cost more than they save."""
    least = max(_LEAST_SAVING_S, _LEAST_SHARE * record.duration_s)
    looked_only = loader.batches <= loader.iterators
    if not loader.workers or looked_only or loader.startup_s < least:
        return None
    now = loader.startup_s + loader.wait_s
    without = _without_workers(record, loader, history)
    saving = None if without is None else now - without * loader.batches
    if saving is not None:
        enough = saving >= max(least, now / 2)
    else:
        enough = loader.startup_s >= _LEAST_STARTUP_SHARE * (loader.startup_s + loader.loop_s)
    if not enough or (saving is None and loader.dataset not in IN_MEMORY):
        return None
    found = Needless(record, loader, made_by(Program(record, history), loader), saving)
    return found if saving is not None or _is_plain(found) else None


def _without_workers(
    record: CellRecord, loader: DataLoading, history: Sequence[CellRecord]
) -> float | None:
    """Seconds that a batch took in an earlier run without workers."""
    if loader.variable is None:
        return None
    for run in reversed(history):
        for other in run.data_loading if run is not record else ():
            is_long_enough = other.batches >= loader.batches // 2 > 0
            if other.workers == 0 and is_long_enough and _are_alike(other, loader):
                return other.wait_s / other.batches
    return None


def _are_alike(one: DataLoading, other: DataLoading) -> bool:
    """Whether two loaders make the same batches, as far as that can be seen."""
    return all(
        getattr(one, fact) == getattr(other, fact)
        for fact in ("variable", "dataset", "batch_size", "batch_bytes")
    )


def _is_plain(finding: Needless) -> bool:
    """Whether the batches are nothing but slices of tensors, as far as the call tells."""
    if finding.site is None or finding.loader.dataset not in IN_MEMORY:
        return False
    call = finding.site.call
    return not call.has_double_star and "collate_fn" not in call.keywords

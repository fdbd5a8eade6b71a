"""Workers that run dry now and then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...record import CellRecord, DataLoading, Severity
from ...units import format_seconds
from ..evidence.loaders import (
    LEAST_SHARE,
    LEAST_WAIT_S,
    Loading,
    made_by,
    share_with_core,
    with_keyword,
)
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program
from ..text.notebook import Later, Outlook

_BURST = 10
_LEAST_BURST_S = 0.05


class DataloaderPrefetch(OldRule[Loading]):
    """Workers run dry now and then: some batches are waited for, most are there.

    The 95th percentile of the waits is ten times the median and 50 ms, and all waits but the
    first of each pass take 1 s and 5 % of the loop. Where workers are too slow on the whole, the
    loop waits for every ``k``-th batch of ``k`` workers: so long waits must be rarer than half of
    that. A queue that is ``q`` batches longer gives each batch as much more time as the loop
    works on ``q`` batches: that must be half of a long wait at least. Nothing is predicted.
    """

    id: ClassVar[str] = "dataloader-prefetch"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "Most batches are ready when the loop asks for them, but now and then it waits long: "
        "the queue of finished batches is too short for the workers' ups and downs."
    )
    proof: ClassVar[str] = (
        "Workers, a 95th percentile of the waits of 50 ms and ten times the median, waits of 1 s "
        "and 5 % of the loop besides the first ones, rarer than workers that are too slow would "
        "cause them, and not much longer than the queue would gain."
    )
    cure: ClassVar[str] = "Doubles `prefetch_factor`; each worker holds as many more batches."
    silent: ClassVar[str] = (
        "No workers; workers that are too slow on the whole; waits that a queue twice as long "
        "could not bridge."
    )
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/docs/stable/data.html",)
    minds_later: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Loading | None:
        """See the class."""
        for loader in record.data_loading:
            if loader.workers and loader.prefetch_factor and _is_bursty(loader):
                return Loading(record, loader, made_by(Program(record, history), loader))
        return None

    def outlook(self, finding: Loading, later: Later) -> Outlook:
        """Whether no cell reads what is changed of the loader."""
        asks = later.asks_for(["prefetch_factor"])
        return Outlook.UNSAFE if asks else Outlook.SAFE

    def title(self, finding: Loading) -> str:
        """One sentence."""
        loader = finding.loader
        bursts = format_seconds(loader.wait_s - loader.first_wait_s)
        return f"Batches arrive in bursts: the loop waits {bursts}, mostly for a few of them."

    def explanation(self, finding: Loading) -> str:
        """What happens and what can be done."""
        factor = finding.loader.prefetch_factor or 2
        return (
            f"Each worker of {finding.name} works ahead by {factor} batches. With "
            f"{2 * factor} the queue lasts longer while one batch takes its time; it takes the "
            "memory of the batches in it."
        )

    def evidence(self, finding: Loading) -> list[str]:
        """Facts of the record."""
        loader = finding.loader
        return [
            f"Half of the waits were below {format_seconds(loader.wait_p50_s or 0.0)}, one in "
            f"twenty above {format_seconds(loader.wait_p95_s or 0.0)}.",
            f"`prefetch_factor` is {loader.prefetch_factor}.",
        ]

    def remedy(self, finding: Loading) -> Remedy:
        """A longer queue."""
        factor = 2 * (finding.loader.prefetch_factor or 2)
        title = f"Let each worker work ahead by {factor} batches"
        return with_keyword(finding, "prefetch_factor", str(factor), title, safe=True)


def _is_bursty(loader: DataLoading) -> bool:
    """Whether a longer queue would bridge what the loop waits for; see the rule."""
    median, long = loader.wait_p50_s, loader.wait_p95_s
    waited_for = loader.batches - loader.iterators
    if median is None or long is None or waited_for <= 0:
        return False
    bursts = (loader.wait_s - loader.first_wait_s) * share_with_core(loader)
    if long < max(_LEAST_BURST_S, _BURST * median):
        return False
    if bursts < max(LEAST_WAIT_S, LEAST_SHARE * loader.loop_s):
        return False
    if bursts / long > waited_for / loader.workers / 2:
        return False
    work_on_a_batch = (loader.loop_s - loader.wait_s) / waited_for
    gained = loader.workers * (loader.prefetch_factor or 0) * work_on_a_batch
    return gained >= long / 2

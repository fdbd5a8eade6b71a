"""Workers that run dry now and then."""

from __future__ import annotations

from ... import fixes
from ...record import DataLoading
from ...units import format_seconds
from ..evidence.loaders import LEAST_SHARE, LEAST_WAIT_S, name_of, share_with_core
from ..grammar import Case, Finding, Rule
from ..text.notebook import Later, Outlook
from .makers import asked_of, at_maker

_BURST = 10
_LEAST_BURST_S = 0.05
_FEWEST = 3
"""Long waits: one or two are made by whatever else the machine did."""


class DataloaderPrefetch(Rule):
    """Most batches are ready when the loop asks for them, but now and then it waits long: the
    queue of finished batches is too short for the workers' ups and downs.

    Evidence: Workers, a 95th percentile of the waits of 50 ms and ten times the median, waits of
    1 s and 5 % of the loop besides the first ones, rarer than workers that are too slow would
    cause them, and not much longer than the queue would gain.

    Fix: Doubles `prefetch_factor`, or what the library that made the loader calls it; each worker
    holds as many more batches.

    Silent: No workers; workers that are too slow on the whole; waits that a queue twice as long
    could not bridge; one or two long waits, which another program can make.

    Sources:
        https://docs.pytorch.org/docs/stable/data.html

    Notes: For ``k`` workers that are too slow on the whole the loop waits for every ``k``-th
    batch: so long waits must be rarer than half of that. A queue that is ``q`` batches longer
    gives each batch as much more time as the loop works on ``q`` batches: that must be half of a
    long wait at least. Nothing is predicted.
    """

    id = "dataloader-prefetch"
    severity = "low"
    alters = "run"
    minds_later = True

    def find(self, case: Case) -> Finding | None:
        """A loader whose workers a longer queue would help over their long batches."""
        loader = next(filter(_is_bursty, case.record.data_loading), None)
        if loader is None:
            return None
        factor = loader.prefetch_factor or 2
        longer = 2 * factor
        fix_title = f"Let each worker work ahead by {longer} batches"
        asked = asked_of(case, loader, "prefetch", str(longer))
        words = f"{longer}" if asked is None else asked.words
        bursts = format_seconds(loader.wait_s - loader.first_wait_s)
        return Finding(
            title=f"Batches arrive in bursts: the loop waits {bursts}, mostly for a few of them.",
            explanation=(
                f"Each worker of {name_of(loader)} works ahead by {factor} batches. With "
                f"{words} the queue lasts longer while one batch takes its time; it takes "
                "the memory of the batches in it."
            ),
            evidence=[
                f"Half of the waits were below {format_seconds(loader.wait_p50_s or 0.0)}, one in "
                f"twenty above {format_seconds(loader.wait_p95_s or 0.0)}.",
                f"`prefetch_factor` is {loader.prefetch_factor}.",
            ],
            remedy=at_maker(
                case,
                loader,
                lambda maker: fixes.loader.set_keyword(
                    maker, "prefetch_factor", str(longer), fix_title, safe=True
                ),
                asked=asked,
                title=fix_title,
            ),
            outlook=_outlook,
        )


def _outlook(later: Later) -> Outlook:
    """Whether no cell reads what is changed of the loader."""
    return Outlook.UNSAFE if later.asks_for(["prefetch_factor"]) else Outlook.SAFE


def _is_bursty(loader: DataLoading) -> bool:
    """Whether a longer queue would bridge what the loop waits for; see the rule's notes."""
    median, long = loader.wait_p50_s, loader.wait_p95_s
    waited_for = loader.batches - loader.iterators
    if not loader.workers or not loader.prefetch_factor or waited_for <= 0:
        return False
    if median is None or long is None or long < max(_LEAST_BURST_S, _BURST * median):
        return False
    bursts = (loader.wait_s - loader.first_wait_s) * share_with_core(loader)
    if bursts < max(LEAST_WAIT_S, LEAST_SHARE * loader.loop_s):
        return False
    if not _FEWEST <= bursts / long <= waited_for / loader.workers / 2:
        return False
    work_on_a_batch = (loader.loop_s - loader.wait_s) / waited_for
    gained = loader.workers * loader.prefetch_factor * work_on_a_batch
    return gained >= long / 2

"""Ranks that waited for one that did not come."""

from __future__ import annotations

from ...derive import own_line
from ...ranks.told import last_launch
from ...record import Place, RankRun, Waiting
from ...units import format_seconds
from ..grammar import Case, Finding, Rule
from .lines import by_hand_at, words_of


class RankStalled(Rule):
    """Ranks waited in a collective for another one that had not called it, and the cell was
    stopped or a rank killed.

    Evidence: PyTorch's flight recorder in the ranks that waited, two seconds or longer, and the
    line at which the missing one was met last.

    Fix: By hand: let all ranks call the same collectives, in the same order.

    Silent: Where a rank that did not wait has raised an error, which is then the reason, or hangs
    for want of threads, of which fork-after-threads speaks.

    Sources:
        https://docs.pytorch.org/tutorials/prototype/flight_recorder_tutorial.html

    Notes: While it hangs the panel says the same. A rank that is slow and comes at last is no
    matter of this rule: nothing is said of runs that ended well.
    """

    id = "rank-stalled"
    severity = "high"
    alters = "nothing"

    def find(self, case: Case) -> Finding | None:
        """Who waited, and who was missing."""
        ranks = last_launch(case.record.ranks)
        if case.record.status == "ok" or any(map(_has_failed, ranks)):
            return None
        waits = [(run, run.waiting) for run in ranks if run.waiting is not None]
        if not waits:
            return None
        first, waiting = waits[0]
        missing = [run for run in ranks if _is_missing(run, waiting)]
        if not missing:
            return None
        call = waiting.name.rpartition(":")[2]
        places = [(run, own_line(run.record, run.last_place)) for run in missing]
        return Finding(
            title=(
                f"Rank {first.rank} waited in `{call}`, and rank {missing[0].rank} had not come."
            ),
            explanation=(
                "A collective ends when all ranks of its group have called it. "
                f"{' '.join(_where(run, place) for run, place in places[:3])} Let all ranks call "
                "the same collectives in the same order: look for work of one rank only, loops of "
                "different lengths, and conditions that not all ranks meet."
            ),
            evidence=[
                f"Rank {run.rank} had been in `{call}`, number {each.number} of its group, for "
                f"{format_seconds(each.since_s)}."
                for run, each in waits[:3]
            ],
            remedy=by_hand_at(case, "What the ranks have to do is for you to say.", places[0][1]),
        )


def _has_failed(run: RankRun) -> bool:
    """By itself, or for good: one that waited fails when the other's connection is closed."""
    return (run.exit == "error" and run.waiting is None) or run.openmp_wait_s is not None


def _is_missing(run: RankRun, waiting: Waiting) -> bool:
    if run.exit == "ok":
        return False
    return run.waiting is None or run.waiting.number < waiting.number


def _where(run: RankRun, place: Place | None) -> str:
    if place is None:
        return f"Rank {run.rank} was in none of your own lines."
    return f"Rank {run.rank} was at {words_of(place)}."

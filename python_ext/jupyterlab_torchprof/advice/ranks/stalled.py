"""Ranks that waited for one that did not come."""

from __future__ import annotations

from collections.abc import Callable

from ...ranks.told import last_launch
from ...record import Place, RankRun, Waiting
from ...units import format_seconds
from ..grammar import Case, Finding, Remedy, Rule


class RankStalled(Rule):
    """Ranks waited in a collective for another one that had not called it, and the cell was
    stopped or a rank killed.

    Evidence: PyTorch's flight recorder in the ranks that waited, two seconds or longer, and the
    line at which the missing one was met last.

    Fix: By hand: let all ranks call the same collectives, in the same order.

    Silent: Where a rank that did not wait has raised an error, which is then the reason.

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
        places = [(run, _last_own(run)) for run in missing]
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
            remedy=_remedy(case, places[0][1]),
        )


def _has_failed(run: RankRun) -> bool:
    """By itself: one that waited fails when the other's connection is closed."""
    return run.exit == "error" and run.waiting is None


def _is_missing(run: RankRun, waiting: Waiting) -> bool:
    if run.exit == "ok":
        return False
    return run.waiting is None or run.waiting.number < waiting.number


def _last_own(run: RankRun) -> Place | None:
    """The user's line at which a rank was met last."""
    index, places = run.last_place, run.record.places
    while index is not None and places[index].kind not in ("cell", "file"):
        index = places[index].parent
    return None if index is None else places[index]


def _where(run: RankRun, place: Place | None) -> str:
    if place is None:
        return f"Rank {run.rank} was in none of your own lines."
    where = f"line {place.line}" if place.kind == "cell" else f"`{place.path}` line {place.line}"
    function = "" if place.function is None else f"`{place.function}`, "
    return f"Rank {run.rank} was at {function}{where}."


def _remedy(case: Case, place: Place | None) -> Callable[[], Remedy]:
    """At the line of the missing rank, if that stands in a cell."""
    why = "What the ranks have to do is for you to say."
    if place is None or place.kind != "cell":
        return case.by_hand(why)
    texts = (each for each in reversed(case.history) if each.source_hash == place.source_hash)
    return case.by_hand(why, lines=[place.line], code=next(texts, None))

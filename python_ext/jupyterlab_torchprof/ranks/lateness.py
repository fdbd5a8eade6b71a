"""Which rank the others wait for, by when each came to the same collectives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from ..record import Lateness, RankRun
from .stream import Arrival

FEWEST = 20
"""Collectives from which something is said."""
LATE_S = 0.005
"""After the others; less is nothing."""


def add_lateness(runs: Sequence[RankRun], arrivals: Sequence[Sequence[Arrival]]) -> None:
    """Write ``lateness``; ``arrivals`` are those of each run.

    Compared are those of the kind that there is most of, as the reduction of gradients: others
    belong to the set-up, to which ranks come as they please. The clocks of several machines differ
    by more than ranks do, so there it is left out.
    """
    launches: dict[int, tuple[list[RankRun], list[Sequence[Arrival]]]] = {}
    for run, own in zip(runs, arrivals, strict=True):
        together = launches.setdefault(run.launch, ([], []))
        together[0].append(run)
        together[1].append(own)
    for together in launches.values():
        _add(*together)


def _add(runs: Sequence[RankRun], arrivals: Sequence[Sequence[Arrival]]) -> None:
    """To the ranks of one launch: another's have collectives of the same names and numbers."""
    if len(runs) < 2 or len({run.host for run in runs}) > 1:
        return
    by_rank = [{(kind, number): at for kind, number, at in each} for each in arrivals]
    every = set(by_rank[0]).intersection(*by_rank[1:])
    [(most, count)] = Counter(kind for kind, _number in every).most_common(1) or [("", 0)]
    if count < FEWEST:
        return
    shared = [key for key in every if key[0] == most]
    for index, (run, own) in enumerate(zip(runs, by_rank, strict=True)):
        others = [each for at, each in enumerate(by_rank) if at != index]
        late = [(own[key] - median(each[key] for each in others)) / 1e9 for key in shared]
        run.lateness = Lateness(
            collectives=len(late),
            median_s=median(late),
            late_share=sum(seconds >= LATE_S for seconds in late) / len(late),
            first_s=min(own[key] for key in shared) / 1e9 - run.record.started_at,
            last_s=max(own[key] for key in shared) / 1e9 - run.record.started_at,
        )

"""A rank for which the others wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...derive import own_line
from ...ranks.told import late_rank
from ...record import CellRecord, Lateness, Place, RankRun
from ...units import format_percent, format_seconds
from ..grammar import Case, Finding, Rule
from .lines import by_hand_at, words_of

_ENOUGH = 20
"""Looks at a rank from which its shares are compared: those between the collectives, or all."""
_NONE = 0.01
_MORE = 0.1
"""Of its time, by which a line has to have more in the late rank than in any other."""
_TOO_MUCH = 2.5
"""Times as much as the rank is late, in each step: then a line does not explain that."""


class RankStraggler(Rule):
    """One rank comes late to nearly every collective, and all others wait for it: each step takes
    as long as that of the slowest.

    Evidence: When each rank came to the same collectives, from the flight recorder that PyTorch
    keeps: one rank later than the median of the others by 5 ms and a tenth of a step, in 90 % of 20
    or more. Where the samples show a line that has more of this rank's time than of any other's, it
    is named.

    Fix: By hand: give the rank the same work, or find what slows its machine.

    Silent: Across machines, whose clocks differ; where two ranks are late; where PyTorch records no
    collectives.

    Sources:
        https://docs.pytorch.org/tutorials/prototype/flight_recorder_tutorial.html

    Notes: Times of steps cannot show it: the backward of a rank that is early waits for the
    reduction, so all steps take the same time. The first collectives, in which the model is made
    equal, are not compared.
    """

    id = "rank-straggler"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """A rank that is late nearly always."""
        ranks = case.record.ranks
        late = late_rank(ranks)
        if late is None or late.lateness is None:
            return None
        others = [run for run in ranks if run is not late and run.launch == late.launch]
        spot = _spot(late, others, late.lateness.median_s)
        wait = format_seconds(late.lateness.median_s)
        return Finding(
            title=f"Rank {late.rank} comes {wait} late to each step, and the others wait for it.",
            explanation=(
                "Ranks finish a collective together, so a step takes as long as that of the "
                f"slowest. {_cause(late, spot)}"
            ),
            evidence=_evidence(late, late.lateness, spot),
            remedy=by_hand_at(
                case,
                "What the rank has to do besides is for its author to say.",
                None if spot is None else spot.place,
            ),
        )


@dataclass(frozen=True, slots=True)
class _Spot:
    """A line that has more of the late rank's time than of any other's."""

    place: Place
    share: float
    others: float
    """The most that another rank spent there."""
    looks: int
    """At the late rank."""


_Line = tuple[str | None, str | None, int | None]


def _spot(late: RankRun, others: Sequence[RankRun], late_s: float) -> _Spot | None:
    ranks = (late, *others)
    looks = [_looks_between(run) for run in ranks]
    is_between = all(each.total() >= _ENOUGH for each in looks)
    if not is_between:
        if any(run.record.stack_samples < _ENOUGH for run in ranks):
            return None
        looks = [_looks_in_all(run.record) for run in ranks]
    own, *elsewhere = [_shares(run.record, each) for run, each in zip(ranks, looks, strict=True)]
    found: _Spot | None = None
    grad = late.record.grad
    steps = 0 if grad is None else grad.optimizer_steps or grad.backwards
    for line, (place, share) in own.items():
        most = max((shares[line][1] for shares in elsewhere if line in shares), default=0.0)
        of_a_step = (share - most) * late.record.duration_s / steps if steps else 0.0
        if not is_between and of_a_step > _TOO_MUCH * late_s:
            continue  # no part of the step, such as an import that took longer
        if share - most >= (_MORE if found is None else found.share - found.others):
            found = _Spot(place, share, most, looks[0].total())
    return found


def _looks_between(run: RankRun) -> Counter[int | None]:
    """How often samples between the collectives that were compared met a place."""
    lateness = run.lateness
    if lateness is None or lateness.first_s is None or lateness.last_s is None:
        return Counter()
    return Counter(
        sample.place
        for sample in run.record.samples
        if lateness.first_s <= sample.t_s <= lateness.last_s
    )


def _looks_in_all(record: CellRecord) -> Counter[int | None]:
    """How often looks met a place in the whole run, and none."""
    looks: Counter[int | None] = Counter(
        {index: place.samples for index, place in enumerate(record.places)}
    )
    looks[None] = max(0, record.stack_samples - looks.total())
    return looks


def _shares(record: CellRecord, looks: Counter[int | None]) -> dict[_Line, tuple[Place, float]]:
    """Of the looks, by the last line of the user's own that they met."""
    shares: dict[_Line, tuple[Place, float]] = {}
    for index, count in looks.items():
        own = own_line(record, index) if count else None
        if own is not None:
            line = own.source_hash or own.path, own.function, own.line
            before = shares[line][1] if line in shares else 0.0
            shares[line] = own, before + count / looks.total()
    return shares


def _cause(late: RankRun, spot: _Spot | None) -> str:
    if spot is None:
        return (
            f"Compare what rank {late.rank} does with what the others do: more data, a slower "
            "device, or another program on its processor."
        )
    others = f"no other more than {format_percent(spot.others)}"
    if spot.others < _NONE:
        others = "the others next to none"
    return (
        f"Rank {late.rank} spends {format_percent(spot.share)} of its time in "
        f"{words_of(spot.place)}, {others}: take this out of the step, or share it."
    )


def _evidence(late: RankRun, lateness: Lateness, spot: _Spot | None) -> list[str]:
    facts = [
        f"It came 5 ms or more after the others to {format_percent(lateness.late_share)} of "
        f"{lateness.collectives} collectives; {format_seconds(lateness.median_s)} in the median."
    ]
    if spot is not None:
        facts.append(
            f"Of {spot.looks} looks at rank {late.rank}, "
            f"{format_percent(spot.share)} met it in {words_of(spot.place)}."
        )
    return facts

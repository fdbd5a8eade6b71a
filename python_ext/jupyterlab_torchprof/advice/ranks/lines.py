"""The lines of the user's at which ranks were met."""

from __future__ import annotations

from collections.abc import Callable

from ...derive import own_line
from ...record import Made, Place, RankRun
from ..grammar import Case, Remedy


def by_hand_at(case: Case, why: str, place: Place | None) -> Callable[[], Remedy]:
    """As `Case.by_hand`, at a place of a rank's; one in a file is told in words."""
    if place is not None and place.kind == "file":
        return case.by_hand(f"{why} It stands in {words_of(place)}.")
    if place is None or place.kind != "cell":
        return case.by_hand(why)
    texts = (each for each in reversed(case.history) if each.source_hash == place.source_hash)
    return case.by_hand(why, lines=[place.line], code=next(texts, None))


def made_at(run: RankRun, made: Made | None, place: int | None) -> Place | None:
    """Where a rank has called an object's constructor; else where the object was used."""
    if made is not None and made.line is not None:
        return Place(parent=None, kind="cell", line=made.line, source_hash=made.source_hash)
    return own_line(run.record, place)


def words_of(place: Place) -> str:
    """``"`train`, line 17"``, ``"`main`, `train.py` line 4"``."""
    where = f"line {place.line}"
    if place.kind == "file":
        where = f"`{place.path}` {where}"
    return where if place.function is None else f"`{place.function}`, {where}"

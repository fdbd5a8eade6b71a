"""The lines of the user's at which ranks were met."""

from __future__ import annotations

from collections.abc import Callable

from ...record import Place
from ..grammar import Case, Remedy


def by_hand_at(case: Case, why: str, place: Place | None) -> Callable[[], Remedy]:
    """As `Case.by_hand`, at a place of a rank's; one in a file is told in words."""
    if place is not None and place.kind == "file":
        return case.by_hand(f"{why} It stands in {words_of(place)}.")
    if place is None or place.kind != "cell":
        return case.by_hand(why)
    texts = (each for each in reversed(case.history) if each.source_hash == place.source_hash)
    return case.by_hand(why, lines=[place.line], code=next(texts, None))


def words_of(place: Place) -> str:
    """``"`train`, line 17"``, ``"`main`, `train.py` line 4"``."""
    where = f"line {place.line}"
    if place.kind == "file":
        where = f"`{place.path}` {where}"
    return where if place.function is None else f"`{place.function}`, {where}"

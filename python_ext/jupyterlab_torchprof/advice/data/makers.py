"""Remedies at the call that made a loader."""

from __future__ import annotations

from collections.abc import Callable

from ...record import DataLoading, Fix
from ..evidence.loaders import made_by
from ..grammar import Case, Remedy
from ..text.code import Site

_NOT_FOUND = "The call that makes the loader was not found in the notebook's cells."


def at_maker(
    case: Case,
    loader: DataLoading,
    change: Callable[[Site], Fix],
    *,
    why_not: str | None = None,
) -> Callable[[], Remedy]:
    """Change the call that made a loader, if it is found; ``why_not``: why no change would help."""
    site = made_by(case.program, loader)
    if site is None:
        return case.by_hand(why_not or _NOT_FOUND, lines=[loader.line])
    if why_not is not None:
        return case.by_hand(why_not, site)
    return case.edit(lambda: change(site), site)

"""Remedies at the call that made a loader."""

from __future__ import annotations

from collections.abc import Callable

from ...record import DataLoading, Fix
from ..evidence.loaders import made_by
from ..grammar import Case, Remedy
from ..text.program import Site

_NOT_FOUND = "The call that makes the loader was not found in the notebook's cells."


def at_maker(
    case: Case,
    loader: DataLoading,
    change: Callable[[Site], Fix],
    *,
    why_not: str | None = None,
) -> Callable[[], Remedy]:
    """Change the call that made a loader, if it is found; ``why_not``: why no change would help."""
    return case.edit_at(
        made_by(case.program, loader),
        change,
        why_not=why_not,
        not_found=_NOT_FOUND,
        lines=[case.line(loader.place)],
    )

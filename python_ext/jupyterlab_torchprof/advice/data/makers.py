"""Remedies at the call that made a loader."""

from __future__ import annotations

from collections.abc import Callable

from ...record import DataLoading, Fix
from ..evidence.functions.view import run_of
from ..evidence.loaders import made_by
from ..grammar import Case, Remedy
from ..grammar.asking import Asked, asked_in, at_constructor, loop_around
from ..text.program import Site
from ..text.settings import Setting

_NOT_FOUND = "The call that makes the loader was not found in the notebook's cells."


def asked_of(
    case: Case, loader: DataLoading, setting: Setting, value: str | None = None
) -> Asked | None:
    """How the library that made a loader takes a setting of it; ``None``: the user made it."""
    loop = loop_around(case, loader.place)
    if loop is None or not loop.made(loader.made):
        return None
    grad = run_of(case.record).grad
    trains = grad is not None and loader.batches == grad.optimizer_steps
    return asked_in(loop, {setting: value}, evaluating=not trains)


def at_maker(
    case: Case,
    loader: DataLoading,
    change: Callable[[Site], Fix],
    *,
    asked: Asked | None = None,
    title: str = "",
    why_not: str | None = None,
) -> Callable[[], Remedy]:
    """Change the call that made a loader, if it is found; ``why_not``: why no change would help.

    ``asked``: what to ask of the library that made it, under this ``title``.
    """
    lines = [case.line(loader.place)]
    if asked is not None and not why_not:
        return at_constructor(case, asked, title, lines=lines)
    return case.edit_at(
        made_by(case.program, loader), change, why_not=why_not, not_found=_NOT_FOUND, lines=lines
    )

"""Calls of a gradient scaler: taken away, or put where they are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite, combine

__all__ = ["CannotFix", "drop_calls", "drop_scaler", "unscale_above"]

_Calls = Sequence[tuple[str | None, str, Place]]


def drop_scaler(cells: Mapping[str | None, str], calls: _Calls) -> Fix:
    """Write ``loss.backward()`` and ``optimizer.step()`` for what a scaler did.

    ``cells``: source by id. ``calls``: cell, method and place of every call of the scaler.
    """
    rewrites = {cell_id: Rewrite(source, cell_id) for cell_id, source in cells.items()}
    drop_calls(rewrites, calls)
    return combine("Train without the gradient scaler", list(rewrites.values()))


def drop_calls(rewrites: Mapping[str | None, Rewrite], calls: _Calls) -> None:
    """As `drop_scaler`, on changes that are under way."""
    for cell_id, method, place in calls:
        rewrite = rewrites[cell_id]
        call = rewrite.call(place)
        if method in ("update", "unscale_"):
            rewrite.delete_statement(call)
            continue
        inner = rewrite.code(call.args[0].value)
        rewrite.replace(call, inner if method == "scale" else f"{inner}.step()")


def unscale_above(
    source: str, place: Place, scaler: str, optimizer: str, *, cell_id: str | None
) -> Fix:
    """Put ``scaler.unscale_(optimizer)`` above the clipping at ``place``."""
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(place)
    if f"{scaler}.unscale_({optimizer})" in source:
        raise CannotFix(f"The cell calls {scaler}.unscale_({optimizer}) already.")
    if isinstance(rewrite.parent(rewrite.statement(call)), cst.Else):
        raise CannotFix(f"Line {place.line} stands in a branch.")
    rewrite.add_line_above(call, f"{scaler}.unscale_({optimizer})")
    return rewrite.fix(f"Unscale the gradients above line {place.line}")

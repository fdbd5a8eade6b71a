"""Take statements out of a loop."""

from __future__ import annotations

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "embrace", "hoist"]


def hoist(source: str, place: Place, loop: Place, name: str, *, cell_id: str | None) -> Fix:
    """Put ``name.to(…)`` at ``place`` above its loop; within an expression ``name`` stays."""
    rewrite = Rewrite(source, cell_id)
    call, around = rewrite.call(place), _loop(rewrite, loop)
    text = _take_out(rewrite, call, name)
    rewrite.add_line_above(around, text)
    return rewrite.fix(f"Move {name} once, above the loop of line {loop.line}", safe=True)


def embrace(
    source: str, there: Place, back: Place, loop: Place, name: str, *, cell_id: str | None
) -> Fix:
    """Put the move at ``there`` above the loop, and the one at ``back`` below it."""
    rewrite = Rewrite(source, cell_id)
    around = _loop(rewrite, loop)
    above = _take_out(rewrite, rewrite.call(there), name)
    below = _take_out(rewrite, rewrite.call(back), name)
    if rewrite.cell.module.body[-1] is around and "=" not in below.split("(")[0]:
        below += ";"  # as the last line of the cell it would be displayed
    rewrite.add_line_above(around, above)
    rewrite.add_line_below(around, below)
    return rewrite.fix(f"Move {name} outside the loop of line {loop.line}")


def _loop(rewrite: Rewrite, place: Place) -> cst.BaseCompoundStatement:
    kinds = (cst.For, cst.While)
    for kind in kinds:
        try:
            return rewrite.find(kind, place)
        except CannotFix:
            continue
    raise CannotFix(f"The loop of line {place.line} could not be found again.")


def _take_out(rewrite: Rewrite, call: cst.Call, name: str) -> str:
    """Take a move away from where it stands; returns the statement that does it elsewhere."""
    parent = rewrite.parent(call)
    if isinstance(parent, (cst.Expr, cst.Assign)):
        if isinstance(parent, cst.Assign) and len(parent.targets) != 1:
            raise CannotFix(f"Line {rewrite.cell.lines(call)[0]} binds several names.")
        text = rewrite.code(parent)
        rewrite.delete_statement(parent)
        return text
    text = rewrite.code(call)
    rewrite.replace(call, name)
    return text

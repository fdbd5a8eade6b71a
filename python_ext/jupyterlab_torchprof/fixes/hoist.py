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
    around, call = _loop(rewrite, loop), rewrite.call(back)
    above = _take_out(rewrite, rewrite.call(there), name)
    if around.orelse is not None:
        raise CannotFix(f"The loop of line {loop.line} has an else.")
    parent, is_last = rewrite.parent(call), rewrite.cell.module.body[-1] is around
    if isinstance(parent, (cst.Expr, cst.Assign)) and _ends(around, rewrite.statement(call)):
        if is_last and isinstance(parent, cst.Expr):  # it would be displayed
            rewrite.insert_after(call, ";")
        rewrite.align(call, around)
    else:
        below = _take_out(rewrite, call, name)
        shown = is_last and not isinstance(parent, cst.Assign)
        rewrite.add_line_below(around, f"{below};" if shown else below)
    rewrite.add_line_above(around, above)
    return rewrite.fix(f"Move {name} outside the loop of line {loop.line}")


def _ends(loop: cst.For | cst.While, statement: cst.BaseStatement) -> bool:
    body = loop.body.body
    return bool(body) and body[-1] is statement


def _loop(rewrite: Rewrite, place: Place) -> cst.For | cst.While:
    kinds: tuple[type[cst.For | cst.While], ...] = (cst.For, cst.While)
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

"""Take calls away that stand alone as statements."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "delete_calls"]


def delete_calls(source: str, places: Sequence[Place], what: str, *, cell_id: str | None) -> Fix:
    """Delete the statements at ``places``, each a call of ``what`` and nothing else.

    Raises CannotFix where a value is used, or where the line cannot go as a whole.
    """
    rewrite = Rewrite(source, cell_id)
    for place in places:
        call = rewrite.call(place)
        if not isinstance(rewrite.parent(call), cst.Expr):
            raise CannotFix(f"The call of line {place.line} is a part of something else.")
        rewrite.delete_statement(call)
    lines = sorted({place.line for place in places})
    which = f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(map(str, lines))}"
    return rewrite.fix(f"Delete {what} on {which}", safe=True)

"""Take a wrapper away from what it wraps."""

from __future__ import annotations

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "unwrap_argument"]


def unwrap_argument(source: str, place: Place, *, cell_id: str | None) -> Fix:
    """Put the first argument of the call at ``place`` for the call.

    An assignment that would then bind a name to itself goes. Raises CannotFix where that is not
    possible.
    """
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(place)
    first = call.args[0] if call.args else None
    if first is None or first.star or (first.keyword and first.keyword.value != "module"):
        raise CannotFix(f"Line {place.line} does not show what it wraps.")
    inner, wrapper = rewrite.code(first.value), rewrite.code(call.func).rpartition(".")[2]
    assign = rewrite.parent(call)
    title = f"Take {wrapper} away on line {place.line}"
    targets = assign.targets if isinstance(assign, cst.Assign) else ()
    if len(targets) == 1 and rewrite.code(targets[0].target) == inner:
        rewrite.delete_statement(assign)
        return rewrite.fix(title)
    rewrite.replace(call, inner)
    return rewrite.fix(title)

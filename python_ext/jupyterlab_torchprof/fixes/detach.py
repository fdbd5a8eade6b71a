"""Let go of the graph, or the device, of values where they are gathered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "detach_values"]

_PRIMARY = (cst.Name, cst.Attribute, cst.Subscript, cst.Call)


def detach_values(
    source: str,
    places: Sequence[Place],
    suffix: str,
    *,
    cell_id: str | None,
) -> Fix:
    """Append ``suffix``, as ``.detach()``, to the expressions at ``places``.

    Raises CannotFix where there is none, or where one cannot be changed safely.
    """
    rewrite = Rewrite(source, cell_id)
    for place in places:
        node = _expression(rewrite, place)
        if isinstance(node, _PRIMARY):
            rewrite.insert_after(node, suffix)
        else:
            rewrite.insert_before(node, "(")
            rewrite.insert_after(node, f"){suffix}")
    lines = sorted({place.line for place in places})
    which = f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(map(str, lines))}"
    return rewrite.fix(f"Gather with {suffix} on {which}", safe=True)


def _expression(rewrite: Rewrite, place: Place) -> cst.BaseExpression:
    kinds: tuple[type[cst.BaseExpression], ...] = (*_PRIMARY, cst.BinaryOperation)
    for kind in kinds:
        with suppress(CannotFix):
            return rewrite.find(kind, place)
    raise CannotFix(f"The value of line {place.line} is no plain expression.")

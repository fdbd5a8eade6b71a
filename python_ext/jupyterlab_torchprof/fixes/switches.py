"""Turn switches of PyTorch off, and repair misspelt ones."""

from __future__ import annotations

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "call_requires_grad", "spell_requires_grad", "turn_off"]


def turn_off(source: str, place: Place, *, cell_id: str | None) -> Fix:
    """Pass ``False`` where the call at ``place`` passes ``True`` as its first argument."""
    rewrite = Rewrite(source, cell_id)
    call = rewrite.call(place)
    if not call.args or rewrite.code(call.args[0].value) != "True":
        raise CannotFix(f"Line {place.line} does not pass True.")
    rewrite.replace(call.args[0].value, "False")
    name = rewrite.code(call.func).rpartition(".")[2]
    return rewrite.fix(f"Turn {name} off on line {place.line}", safe=True)


def spell_requires_grad(source: str, place: Place, *, cell_id: str | None) -> Fix:
    """Spell the attribute at ``place``, a parameter's, ``requires_grad``."""
    rewrite = Rewrite(source, cell_id)
    rewrite.replace(rewrite.find(cst.Attribute, place).attr, "requires_grad")
    return rewrite.fix(f"Write requires_grad on line {place.line}")


def call_requires_grad(source: str, place: Place, *, cell_id: str | None) -> Fix:
    """Make the assignment to a module's ``requires_grad`` at ``place`` a ``requires_grad_()``."""
    rewrite = Rewrite(source, cell_id)
    target = rewrite.find(cst.Attribute, place)
    assign = rewrite.parent(rewrite.parent(target))
    if not isinstance(assign, cst.Assign) or len(assign.targets) != 1:
        raise CannotFix(f"Line {place.line} assigns more than this attribute.")
    module, value = rewrite.code(target.value), rewrite.code(assign.value)
    rewrite.replace(assign, f"{module}.requires_grad_({value})")
    return rewrite.fix(f"Call requires_grad_() on line {place.line}")

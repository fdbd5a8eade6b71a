"""Write another method, or one more, where a line calls methods or passes names on."""

from __future__ import annotations

from collections.abc import Collection

import libcst as cst

from ..record import Fix
from .bring import passed, plain
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "insert", "passed_on", "rename"]


def rename(source: str, place: Place, name: str, *, cell_id: str | None) -> Fix:
    """Call another method at a place: ``x.reshape(…)`` for ``x.view(…)``."""
    rewrite = Rewrite(source, cell_id)
    method = _method(rewrite, place)
    rewrite.replace(method.attr, name)
    return rewrite.fix(f"Call {name} instead of {method.attr.value} on line {place.line}")


def insert(source: str, place: Place, suffix: str, *, cell_id: str | None) -> Fix:
    """Put ``suffix`` before the method that is called at a place: ``x.detach().numpy()``."""
    rewrite = Rewrite(source, cell_id)
    method = _method(rewrite, place)
    rewrite.insert_before(method.attr, f"{suffix.removeprefix('.')}.")
    return rewrite.fix(f"Call {suffix} before {method.attr.value} on line {place.line}")


def passed_on(
    source: str, line: int, names: Collection[str], suffix: str, *, cell_id: str | None
) -> Fix:
    """Write ``suffix`` behind ``names`` where the statement of a line passes them on.

    Raises CannotFix where the line does not pass each of them on once.
    """
    rewrite = Rewrite(source, cell_id)
    wanted = {plain(name): name for name in names}
    found = [node for node in passed(rewrite, line) if plain(rewrite.code(node)) in wanted]
    if len(found) != len(wanted) or not found:
        raise CannotFix(f"Line {line} does not pass {' and '.join(wanted.values())} on once.")
    for node in found:
        rewrite.insert_after(node, suffix)
    return rewrite.fix(f"Pass {' and '.join(f'{n}{suffix}' for n in names)} on line {line}")


def _method(rewrite: Rewrite, place: Place) -> cst.Attribute:
    call = rewrite.call(place)
    if not isinstance(call.func, cst.Attribute):
        raise CannotFix(f"Line {place.line} does not call a method there.")
    return call.func

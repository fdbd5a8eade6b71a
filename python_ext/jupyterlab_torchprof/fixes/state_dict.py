"""Give a module the keys that it has, where a state dict is loaded."""

from __future__ import annotations

import json

import libcst as cst

from ..record import Fix
from .rewrite import CannotFix, Place, Rewrite

__all__ = ["CannotFix", "add_prefix", "strip_prefix", "take"]

_PRIMARY = (cst.Name, cst.Attribute, cst.Subscript, cst.Call)


def strip_prefix(
    source: str,
    place: Place,
    prefix: str,
    *,
    within: str | None = None,
    others: bool = False,
    cell_id: str | None,
) -> Fix:
    """Load what the call at a place loads without ``prefix`` before its keys.

    ``within``: the key under which the state dict lies in it. ``others``: there are keys without
    the prefix, which are left out.
    """
    start = _quoted(prefix)
    chosen = f" if key.startswith({start})" if others else ""
    mapped = (f"key.removeprefix({start})", _items(within) + chosen)
    return _mapped(source, place, mapped, f"without {prefix}", cell_id)


def add_prefix(
    source: str, place: Place, prefix: str, *, within: str | None = None, cell_id: str | None
) -> Fix:
    """Load what the call at a place loads with ``prefix`` before its keys. ``within`` as above."""
    mapped = (f"{_quoted(prefix)} + key", _items(within))
    return _mapped(source, place, mapped, f"with {prefix}", cell_id)


def take(source: str, place: Place, key: str, *, cell_id: str | None) -> Fix:
    """Load what the dictionary that the call at a place loads has under ``key``."""
    rewrite = Rewrite(source, cell_id)
    loaded = _loaded(rewrite, place)
    if not isinstance(loaded, _PRIMARY):
        raise CannotFix(f"What line {place.line} loads is no plain expression.")
    rewrite.insert_after(loaded, f"[{_quoted(key)}]")
    return rewrite.fix(f"Load what is under {_quoted(key)} on line {place.line}")


def _items(within: str | None) -> str:
    """What is gone through, behind the expression that is loaded."""
    return ".items()" if within is None else f"[{_quoted(within)}].items()"


def _mapped(
    source: str, place: Place, mapped: tuple[str, str], how: str, cell_id: str | None
) -> Fix:
    """``mapped``: the new key, and what stands behind the loaded expression."""
    key, rest = mapped
    rewrite = Rewrite(source, cell_id)
    loaded = _loaded(rewrite, place)
    if not isinstance(loaded, _PRIMARY):
        raise CannotFix(f"What line {place.line} loads is no plain expression.")
    code = rewrite.code(loaded)
    if "\n" in code:
        raise CannotFix(f"What line {place.line} loads goes over several lines.")
    rewrite.replace(loaded, f"{{{key}: value for key, value in {code}{rest}}}")
    return rewrite.fix(f"Load the keys {how} on line {place.line}")


def _loaded(rewrite: Rewrite, place: Place) -> cst.BaseExpression:
    call = rewrite.call(place)
    given = [each for each in call.args if each.keyword is None or _is_state(each)]
    if not given or given[0].star:
        raise CannotFix(f"Line {place.line} hides what it loads.")
    return given[0].value


def _is_state(argument: cst.Arg) -> bool:
    return argument.keyword is not None and argument.keyword.value == "state_dict"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

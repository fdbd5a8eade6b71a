"""How the user would write the way to an object: ``batch["image"]``, ``outputs[3]``."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import Enum
from typing import Any

from .kinds import is_exactly

_MAX_LENGTH = 200
_LITERALS = (int, float, bool, bytes, complex)


class Step(Enum):
    """How one object is reached from the one before."""

    VARIABLE = 0
    ATTRIBUTE = 1
    ITEM = 2
    """An element of a sequence, or the value of a key."""
    ELEMENT = 3
    """The n-th element of a set, which has no way of writing it."""
    LOCAL = 4
    """A variable of a function or generator, which is named and cannot be written."""


Trail = tuple[Any, Step, object]
"""The way to an object: the trail of the one before (``None`` at a variable), the step from there
and its key. Written only where it is shown: most are not, so it is a bare tuple."""


def variable(name: str) -> Trail:
    """A name of the namespace."""
    return (None, Step.VARIABLE, name)


def root_name(trail: Trail) -> str:
    """The variable that the way begins with."""
    while trail[0] is not None:
        trail = trail[0]
    return str(trail[2])


def keeper_of(trail: Trail) -> Trail:
    """The way to the variable or the attribute that keeps it, whatever it is within that."""
    keeper, at = trail, trail
    while at[0] is not None:
        if at[1] is not Step.ATTRIBUTE and at[1] is not Step.LOCAL:
            keeper = at[0]
        at = at[0]
    return keeper


def is_named(trail: Trail) -> bool:
    """Whether each step has a name: a variable, an attribute, or a key that is a text."""
    at: Trail | None = trail
    while at is not None:
        if (
            at[1] is Step.ELEMENT
            or at[1] is Step.LOCAL
            or (at[1] is Step.ITEM and type(at[2]) is not str)
        ):
            return False
        at = at[0]
    return True


def write(trail: Trail, key_names: Callable[[object], str | None] = lambda key: None) -> str:
    """The expression. ``key_names`` may know how to write a key that is no literal."""
    steps: list[Trail] = []
    at: Trail | None = trail
    while at is not None:
        steps.append(at)
        at = at[0]
    text = ""
    for step in reversed(steps):
        text = _append(text, step, key_names)
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 1] + "…"


def _append(text: str, trail: Trail, key_names: Callable[[object], str | None]) -> str:
    _before, step, key = trail
    if step is Step.VARIABLE:
        return str(key)
    if step is Step.ATTRIBUTE:
        name = str(key)
        return f"{text}.{name}" if name.isidentifier() else f"getattr({text}, {_quoted(name)})"
    if step is Step.ELEMENT:
        return f"list({text})[{key}]"
    if step is Step.LOCAL:
        return f"{text}: {key}"
    return f"{text}[{_literal(key) or key_names(key) or '…'}]"


def _literal(key: object) -> str | None:
    """A key as source text, if it is of a built-in type (others would run their own code)."""
    if type(key) is str:
        return _quoted(key)
    if is_exactly(key, _LITERALS) or key is None:
        return repr(key)
    if type(key) is tuple:
        parts = [_literal(part) for part in key]
        if all(part is not None for part in parts):
            return ", ".join(part for part in parts if part is not None) or "()"
    return None


def _quoted(text: str) -> str:
    return json.dumps(text[:_MAX_LENGTH], ensure_ascii=False)

"""Names and attributes as texts write them, and what a cell does with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

_ROOT = re.compile(r"[^\W\d]\w*")
_KEEPER = re.compile(rf"{_ROOT.pattern}(?:\.{_ROOT.pattern})*")
TRAINING_CALLS = frozenset({"backward", "grad"})
TRAINING_STEPS = TRAINING_CALLS | {"step"}
"""With an optimizer's, which a function may be left with whose backward runs elsewhere."""
Kind = Literal["read", "bound", "deleted"]


@dataclass(frozen=True, slots=True)
class FirstUse:
    """How a cell first meets a name."""

    kind: Kind
    sure: bool
    """It stands where nothing can keep it from running: in no branch and no loop."""
    order: int = 0
    """Uses of the cell before it."""


@dataclass(slots=True)
class NameUses:
    """The names of one cell, and attributes as it writes them: ``lab.loss``."""

    first: dict[str, FirstUse] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    bound: dict[str, int] = field(default_factory=dict)
    """Last line that binds the name (augmented assignment and ``append`` do, too)."""
    trains: bool = False
    """It calls something named ``backward`` or ``autograd.grad``."""
    whole: dict[str, FirstUse] = field(default_factory=dict)
    """The first uses that are not only on the way to an attribute."""
    handed_on: set[str] = field(default_factory=set)
    """What is read as a whole."""

    def first_of(self, path: str) -> FirstUse | None:
        """How the cell first meets a variable or an attribute, or what has that attribute."""
        uses = [*map(self.whole.get, owners_of(path)), self.first.get(path)]
        known = [use for use in uses if use is not None]
        return min(known, key=lambda use: use.order, default=None)

    def reads(self, path: str) -> bool:
        """Whether the cell reads it, or hands on what has it."""
        return path in self.read or not self.handed_on.isdisjoint(owners_of(path))

    def line_that_binds(self, path: str) -> int:
        """The last line that binds it or what has it; 0: there is none."""
        return max(self.bound.get(each, 0) for each in (path, *owners_of(path)))


def root_of(path: str) -> str:
    """The variable that a path begins with.

    >>> root_of('batch["image"][0]')
    'batch'
    """
    match = _ROOT.match(path)
    return match.group() if match else path


def keeper_of(path: str) -> str:
    """The variable or the attribute that keeps what is at a path, whatever it is within that.

    >>> keeper_of('lab.outputs[3].logits')
    'lab.outputs'
    """
    match = _KEEPER.match(path)
    return match.group() if match else path


def owners_of(path: str) -> list[str]:
    """What has an attribute, and what has that: ``run`` and ``run.log`` of ``run.log.losses``."""
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]

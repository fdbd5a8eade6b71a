"""The steps that one optimizer took in one cell."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from ...record import Optimizer
from ..objects.tensors import Tensors
from ..torch_import import imported_torch
from .ungraded import GradientLooks, named

FIRST = 20
"""Steps that are timed and whose gradients are looked at in any case."""
EACH = 64
"""Then each of these, and of quick ones each of so many that looks take this share of the time."""
_SHARE = 0.001


@dataclass(slots=True)
class Steps:
    """Of one optimizer in one cell. Holds it weakly."""

    optimizer: weakref.ref[Any]
    steps: int = 0
    due: int = 0
    """From which step on it is looked at next."""
    skipped: int = 0
    timed: int = 0
    timed_s: float = 0.0
    has_closure: bool = False
    """The step that is looked at computes the gradients itself."""
    place: int | None = None
    kept: int = 0
    parameter: weakref.ref[Any] | None = None
    gradient: weakref.ref[Any] | None = None
    clearings: int = -1
    gradients: GradientLooks = field(default_factory=GradientLooks)
    first_lr: float | None = None
    not_finite_step: int | None = None
    not_finite_place: int | None = None
    lived: Optimizer | None = None
    """What it was like while it lived, if it may be gone at the end: it stepped in a function."""
    lived_parameters: list[weakref.ref[Any]] = field(default_factory=list)
    """Its parameters then."""
    looked_at: tuple[int, float] = (0, 0.0)
    """At which step and when it was looked at last."""

    def note_not_finite(self, place: int | None) -> None:
        """The gradients of this step are not finite, as the program was told at ``place``."""
        if self.not_finite_step is None:
            self.not_finite_step = self.steps + self.skipped
            self.not_finite_place = place

    def wait(self, now: float, took_s: float) -> None:
        """The look at a step ends now, and has taken so long: when is the next?"""
        before, at = self.looked_at
        self.looked_at = self.steps, now
        if self.steps < FIRST:
            self.due = self.steps + 1
            return
        each = EACH
        if self.steps > FIRST and now > at:
            per_second = (self.steps - before) / (now - at)
            each *= max(1, round(took_s / _SHARE * per_second / EACH))
        after = self.steps + 1
        self.due = after + -after % each


def with_steps(entry: Optimizer, one: Steps) -> Optimizer:
    """The description with what the optimizer did."""
    return replace(
        entry,
        steps=one.steps,
        timed_steps=one.timed,
        timed_s=one.timed_s,
        place=one.place,
        kept_gradients=one.kept,
        first_lr=one.first_lr,
        skipped=one.skipped,
        not_finite_step=one.not_finite_step,
        not_finite_place=one.not_finite_place,
    )


def with_gradients(
    entry: Optimizer, one: Steps, modules: Mapping[str, weakref.ref[Any]]
) -> Optimizer:
    """The description with what was seen of gradients."""
    torch, seen = imported_torch(), one.gradients
    assert torch is not None
    return replace(
        entry,
        looks=seen.looks,
        parameters=seen.parameters,
        ungraded_parameters=len(seen.without),
        ungraded=named(Tensors(torch), seen.without, modules) if seen.without else [],
    )

"""Optimizers that are alike, taken together: Pyro makes one for each parameter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import json
from msgspec.structs import replace

from ...record import Optimizer


def grouped(entries: Iterable[Optimizer]) -> list[Optimizer]:
    """Those that differ in their parameters only, and are written alike, become one entry.

    That is so where no variable leads to them, or the values of one dictionary, ``fit.of[…]``. The
    entry counts them; its bytes, parameters and times are their sums.
    """
    groups: dict[bytes, Optimizer] = {}
    found: list[Optimizer] = []
    for entry in entries:
        key = _what_is_alike(entry)
        if key in groups:
            _add(groups[key], entry)
        else:
            groups[key] = entry
            found.append(entry)
    return found


def _what_is_alike(entry: Optimizer) -> bytes:
    bare = Optimizer(
        variable=entry.variable,
        class_name=entry.class_name,
        steps=entry.steps,
        skipped=entry.skipped,
        groups=[replace(group, parameters=0) for group in entry.groups],
        devices=entry.devices,
        module=entry.module,
        lost=entry.lost,
        lost_module=entry.lost_module,
        name=entry.name,
        local_module=entry.local_module,
        place=entry.place,
        made=entry.made,
        first_lr=entry.first_lr,
        not_finite_step=entry.not_finite_step,
        not_finite_place=entry.not_finite_place,
    )
    return json.encode(bare)


def _add(known: Optimizer, entry: Optimizer) -> None:
    known.count += entry.count
    known.parameter_bytes = dict(Counter(known.parameter_bytes) + Counter(entry.parameter_bytes))
    known.state_bytes = dict(Counter(known.state_bytes) + Counter(entry.state_bytes))
    known.shared_parameters += entry.shared_parameters
    known.timed_steps += entry.timed_steps
    known.timed_s += entry.timed_s
    known.kept_gradients = min(known.kept_gradients, entry.kept_gradients)
    known.looks = min(known.looks, entry.looks)
    known.parameters += entry.parameters
    known.ungraded_parameters += entry.ungraded_parameters
    known.ungraded = [*known.ungraded, *entry.ungraded][:20]
    for mine, others in zip(known.groups, entry.groups, strict=True):
        mine.parameters += others.parameters

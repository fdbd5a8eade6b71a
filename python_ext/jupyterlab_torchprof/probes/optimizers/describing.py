"""Describes optimizers for the record, with what they did in the run."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable
from types import FrameType
from typing import Any

from ...record import Optimizer
from ..base import CellRun
from ..objects.kinds import Kind, class_name
from ..objects.optimizer_facts import Described, described, groups_of, without_wrappers
from ..objects.optimizer_parts import OptimizerParts
from ..objects.reached import paths_to
from ..objects.survey import Survey
from ..objects.tensors import Tensors
from ..objects.weak_ids import WeakIds
from ..places.expressions import owner_called_in
from ..places.makings import Makings
from ..torch_import import imported_torch
from .alike import grouped
from .owners import Owners
from .stepping import MOST_DESCRIBED, Stepping
from .steps import Steps, with_gradients, with_steps

_MAX_OPTIMIZERS = 20


class Descriptions:
    """Remembers of a session's optimizers what does not change. Keeps none alive."""

    def __init__(self, makings: Makings) -> None:
        """``makings``: where they were made."""
        self._known: WeakIds[Described] = WeakIds()
        self._owners = Owners()
        self._makings = makings

    def of_run(
        self, run: CellRun, torch: Any, found: Survey, stepping: Stepping, listed: Iterable[Any]
    ) -> list[Optimizer]:
        """Of those ``listed`` that variables hold or that stepped, and of those that are gone."""
        every, steps = stepping.every(), stepping.alive
        parts, read = OptimizerParts(torch), Tensors(torch)
        unique = list({id(thing): thing for thing in listed}.values())[:MOST_DESCRIBED]
        names = {id(ref()): name for name, ref in reversed(found.optimizers.items())}
        unnamed = [thing for thing in unique if id(thing) not in names]
        names.update(paths_to(unnamed, run.namespace, torch))
        unique = without_wrappers(parts, unique, names, steps)
        unique = [thing for thing in unique if id(thing) in names or id(thing) in steps]
        gone = _gone(every)
        owners = self._owners.refresh(
            found.modules, torch, unique, [one.lived_parameters for one in gone]
        )
        entries = []
        for optimizer in unique:
            one = steps.get(id(optimizer))
            entry = self._describe(torch, optimizer, one, names.get(id(optimizer)))
            if entry.variable is None and one is not None and one.lived is not None:
                entry.name, entry.local_module = one.lived.name, one.lived.local_module
                entry.shared_parameters = entry.shared_parameters or one.lived.shared_parameters
            if one is not None:
                one.gradients.settle(read, parts, optimizer)
                entry = with_gradients(entry, one, found.modules)
            entries.append(entry)
        for one, owner in zip(gone, owners, strict=True):
            assert one.lived is not None
            lived = with_gradients(with_steps(one.lived, one), one, found.modules)
            if owner.module is not None:
                lived.module, lived.shared_parameters = owner.module, owner.shared
            entries.append(lived)
        return grouped(entries)[:_MAX_OPTIMIZERS]

    def in_function(
        self,
        run: CellRun,
        place: int | None,
        optimizer: Any,
        entry: Steps,
        frame: FrameType | None,
    ) -> None:
        """What it is, how the function calls it, and whose parameters it has there.

        ``frame``: one that leads to the call of its step; ``None`` where another method was called.
        """
        torch = imported_torch()
        assert torch is not None
        entry.lived = lived = self._describe(torch, optimizer, None, None)
        at = None if frame is None else run.places.frame_of(place, frame)
        lived.name = None if at is None else owner_called_in(at, "step")
        parameters = list(OptimizerParts(torch).parameters(optimizer))
        read = Tensors(torch)
        entry.lived_parameters = [
            weakref.ref(one) for one in parameters if read.kind(one) is Kind.TENSOR
        ]
        if run.local_modules is not None:
            owner = run.local_modules.owner([id(one) for one in parameters])
            lived.local_module, lived.shared_parameters = owner

    def _describe(
        self, torch: Any, optimizer: Any, one: Steps | None, variable: str | None
    ) -> Optimizer:
        entry = self._describe_itself(torch, optimizer, one, variable)
        return entry if one is None else with_steps(entry, one)

    def _describe_itself(
        self, torch: Any, optimizer: Any, one: Steps | None, variable: str | None
    ) -> Optimizer:
        known = self._known.get(optimizer)
        parts = OptimizerParts(torch)
        count = sum(1 for _parameter in parts.parameters(optimizer))
        if known is None or one is not None or known.parameters != count:
            known = described(torch, parts, optimizer)
            self._known.set(optimizer, known)
        owner = self._owners.of(optimizer)
        return Optimizer(
            variable=variable,
            class_name=class_name(optimizer),
            steps=0,
            groups=groups_of(parts.groups(optimizer)),
            parameter_bytes=known.parameter_bytes,
            devices=known.devices,
            state_bytes=known.state_bytes,
            module=owner.module,
            shared_parameters=owner.shared,
            lost=owner.lost,
            lost_module=owner.lost_module,
            made=self._makings.of(optimizer),
        )


def _gone(every: Collection[Steps]) -> list[Steps]:
    gone = [one for one in every if one.lived is not None and one.optimizer() is None]
    return gone[:MOST_DESCRIBED]

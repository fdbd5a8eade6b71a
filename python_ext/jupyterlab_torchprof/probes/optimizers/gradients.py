"""Looks at gradients before a step: whether they are new, and whether an optimizer takes them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...record import UntakenGradients
from ..base import CellRun
from ..objects.kinds import Kind
from ..objects.optimizer_facts import first_rate
from ..objects.optimizer_parts import OptimizerParts
from ..objects.tensors import Tensors
from ..torch_import import imported_torch
from .stepping import Stepping
from .steps import FIRST, Steps
from .takers import KnownOptimizers
from .untaken import FIRST_LOOK, SECOND_LOOK, GradientTakers


class Gradients:
    """Of the parameters of all optimizers, and of those that no optimizer has."""

    def __init__(self, new: Callable[[], Iterable[Any]]) -> None:
        """``new``: the optimizers that this run has made so far."""
        self.clearings: Callable[[], int] = lambda: 0
        """Calls of ``zero_grad`` so far in this run, of any optimizer or module."""
        self._new = new
        self._of_session = KnownOptimizers()
        self.takers = GradientTakers()

    def begin(self) -> None:
        """A run begins: nothing is known of its gradients."""
        self.takers = GradientTakers()

    def end(
        self,
        optimizers: Iterable[Any],
        stepping: Stepping,
        modules: Mapping[str, weakref.ref[Any]],
    ) -> list[UntakenGradients]:
        """Those that were made for nobody, as far as all ``optimizers`` are known."""
        self._of_session.prune()
        self._of_session.add(optimizers)
        # Of an optimizer that is gone it may not be known what it had.
        if not stepping.are_all_known():
            return []
        torch = imported_torch()
        assert torch is not None
        return self.takers.settle(Tensors(torch), modules, lambda: self._taken(stepping))

    def look(self, run: CellRun, optimizer: Any, entry: Steps, stepping: Stepping) -> None:
        """Before a step."""
        torch = imported_torch()
        assert torch is not None
        read, parts = Tensors(torch), OptimizerParts(torch)
        if entry.steps == 1:
            entry.first_lr = first_rate(parts, optimizer)
        with read.quiet():
            self._compare(read, parts, optimizer, entry)
            if not entry.has_closure:
                entry.gradients.look(read, parts.parameters(optimizer))
            self._look_for_takers(run, read, optimizer, entry, stepping)

    def look_after(self, optimizer: Any, entry: Steps) -> None:
        """A closure has cleared and made gradients within the step, and the step has used them."""
        torch = imported_torch()
        assert torch is not None
        read = Tensors(torch)
        with read.quiet():
            entry.gradients.look(read, OptimizerParts(torch).parameters(optimizer))

    def before_clipping(self) -> Any:
        """Gradients are about to be clipped; for `after_clipping`."""
        awaited = self.takers.awaited()
        torch = imported_torch() if awaited else None
        if torch is None:
            return None
        read = Tensors(torch)
        with read.quiet():
            return self.takers.clipping.before(read, awaited)

    def after_clipping(self, before: Any) -> None:
        """They have been."""
        torch = imported_torch() if before else None
        if torch is not None:
            read = Tensors(torch)
            with read.quiet():
                self.takers.clipping.after(read, before)

    def _taken(self, stepping: Stepping) -> set[int]:
        """Ids of the parameters that some optimizer has, or had while it lived in this run."""
        parts = OptimizerParts(imported_torch())
        gone = (ref for one in stepping.every() for ref in one.lived_parameters)
        return self._of_session.parameters(parts, gone)

    def _look_for_takers(
        self,
        run: CellRun,
        read: Tensors,
        optimizer: Any,
        entry: Steps,
        stepping: Stepping,
    ) -> None:
        if entry.steps == 1:
            parameters = OptimizerParts(imported_torch()).parameters(optimizer)
            self.takers.taken_by(parameters)
        if entry.steps not in (FIRST_LOOK, SECOND_LOOK) or run.local_modules is None:
            return
        optimizers = [one.optimizer() for one in list(stepping.alive.values())]
        self._of_session.add(one for one in optimizers if one is not None)
        self._of_session.add(self._new())
        self.takers.look(
            read,
            optimizer,
            entry.steps,
            list(run.local_modules.alive()),
            taken=lambda: self._taken(stepping),
            place=entry.place,
        )

    def _compare(self, read: Tensors, parts: OptimizerParts, optimizer: Any, entry: Steps) -> None:
        """Whether the gradient is the very tensor of the step before, and nobody cleared it."""
        parameter = None if entry.parameter is None else entry.parameter()
        if parameter is None or read.gradient(parameter) is None:
            tensors = (one for one in parts.parameters(optimizer) if read.kind(one) is Kind.TENSOR)
            parameter = next((one for one in tensors if read.gradient(one) is not None), None)
            entry.parameter = None if parameter is None else weakref.ref(parameter)
        if parameter is None:
            entry.gradient = None
            return
        gradient = read.gradient(parameter)
        same = entry.gradient is not None and entry.gradient() is gradient
        clearings = self.clearings()
        # Only neighbouring steps can be compared; later ones are looked at now and then.
        if same and entry.clearings == clearings and entry.steps <= FIRST:
            entry.kept += 1
        entry.gradient, entry.clearings = weakref.ref(gradient), clearings

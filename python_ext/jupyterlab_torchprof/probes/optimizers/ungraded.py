"""Parameters of an optimizer to which no gradient comes, and how the user would write them."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ... import clocks
from ...record import Ungraded
from ..objects.kinds import Kind, class_name
from ..objects.optimizer_parts import OptimizerParts
from ..objects.paths import Step, Trail, variable, write
from ..objects.tensors import Tensors
from ..objects.trees import child_trail

_MOST = 20_000
"""Parameters that are looked at."""
_MOST_READS = 1_000
"""Of gradients that had not come before, in one run: where few have come each look takes long."""
_LISTED = 20
_DEPTH = 100
_SECONDS = 0.01
"""For the names; of this thread's processor time."""
_FILLED_WHEN_MADE = "Adagrad"
"""It has a state of each parameter before its first step."""


@dataclass(slots=True)
class GradientLooks:
    """What is known of the gradients of one optimizer in one run. Holds parameters weakly."""

    looks: int = 0
    parameters: int = 0
    """Those that required a gradient at the first look."""
    without: list[weakref.ref[Any]] = field(default_factory=list)
    """Those of them that have had none so far."""
    _reads_left: int = _MOST_READS

    def look(self, read: Tensors, parameters: Iterable[Any]) -> None:
        """Before a step, within `Tensors.quiet`; a look costs nothing once all have had one."""
        if self.looks:
            self._look_again(read)
            return
        self.looks = 1
        kind = read.kind
        tensors = [one for one in islice(parameters, _MOST) if kind(one) is Kind.TENSOR]
        self.parameters = sum(map(read.requires_grad, tensors))
        self.without = [weakref.ref(one) for one in read.without_gradient(tensors)]

    def _look_again(self, read: Tensors) -> None:
        if len(self.without) > self._reads_left:
            return
        self.looks += 1
        if self.without:
            self._reads_left -= len(self.without)
            self._drop(read, frozenset())

    def _drop(self, read: Tensors, known: Collection[int]) -> None:
        """Those that have a gradient now, or need none; of what is gone nothing has changed."""
        alive = [one for each in self.without if (one := each()) is not None]
        left = set(map(id, read.without_gradient(alive))).difference(known)
        self.without = [each for each in self.without if (one := each()) is None or id(one) in left]

    def settle(self, read: Tensors, parts: OptimizerParts, optimizer: Any) -> None:
        """At the end: what has a gradient now, or a state, had one at a step of its own."""
        if not self.without:
            return
        states = [] if class_name(optimizer) == _FILLED_WHEN_MADE else parts.states(optimizer)
        stepped = {id(parameter) for parameter, state in states if dict.__len__(state)}
        with read.quiet():
            self._drop(read, stepped)


def named(
    read: Tensors, without: Iterable[weakref.ref[Any]], modules: Mapping[str, weakref.ref[Any]]
) -> list[Ungraded]:
    """The modules and parameters that have them, the outermost ones that have nothing else.

    ``modules``: root modules by how the user would write them.
    """
    wanted = {id(parameter) for each in without if (parameter := each()) is not None}
    naming = _Naming(read, wanted, clocks.thread_time() + _SECONDS)
    found: list[Ungraded] = []
    with read.quiet():
        for path, reference in modules.items():
            module = reference()
            if module is not None and naming.wanted:
                part, _all = naming.of(module, variable(path), _DEPTH)
                found += part
    return found[:_LISTED]


@dataclass(slots=True)
class _Naming:
    read: Tensors
    wanted: set[int]
    """Ids of parameters that have no name yet."""
    deadline: float
    seen: set[int] = field(default_factory=set)

    def of(self, module: Any, trail: Trail, depth: int) -> tuple[list[Ungraded], bool]:
        """What of it is wanted, and whether that is all that it has and would train."""
        if id(module) in self.seen or depth == 0 or clocks.thread_time() > self.deadline:
            return [], id(module) in self.seen
        self.seen.add(id(module))
        content = self.read.module_content(module)
        in_dictionary = self.read.has_named_children(module)
        found, whole = self._own(content.tensors, trail)
        for name, child in content.children:
            part, all_of_it = self.of(child, child_trail(trail, name, in_dictionary), depth - 1)
            found += part
            whole = whole and all_of_it
        tensors = sum(each.tensors for each in found)
        if whole and tensors > 1:
            return [Ungraded(path=write(trail), tensors=tensors)], True
        return found, whole

    def _own(
        self, tensors: Iterable[tuple[str, Any, bool]], trail: Trail
    ) -> tuple[list[Ungraded], bool]:
        found, whole = [], True
        for name, parameter in self._trained(tensors):
            if id(parameter) in self.wanted:
                self.wanted.discard(id(parameter))
                found.append(Ungraded(path=write((trail, Step.ATTRIBUTE, name)), tensors=1))
            else:
                whole = False
        return found, whole

    def _trained(self, tensors: Iterable[tuple[str, Any, bool]]) -> Iterator[tuple[str, Any]]:
        for name, tensor, is_parameter in tensors:
            if is_parameter and self.read.requires_grad(tensor):
                yield name, tensor

"""Modules that no variable of the notebook has, as in a function, described while they live.

A namespace tells at the end of a cell what it holds. What a function has made is gone by then, so
the first call of such a module is the time to describe it. The description is kept, the module
never is.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import FrameType
from typing import Any, NamedTuple

from msgspec.structs import asdict, replace

from ... import clocks
from ...health import Health
from ...record import Layers, LocalModule
from ..collector import collector_paused
from ..places.expressions import called_in
from ..places.tree import PlaceTree
from .kinds import class_name
from .paths import variable
from .placed import Placing
from .survey import Survey, is_known
from .tensors import Tensors
from .trees import Tree, list_parts

_MOST = 20
"""Modules that are described in one cell."""
_SECONDS = 0.02
"""For the list of one module's tree; of this thread's processor time."""
_PART = "placement"
_LOOKS_FOR_GRADIENTS = 3


class CalledModule(NamedTuple):
    """A root module that the run has called."""

    module: Any
    path: str | None
    """How a function wrote it; ``None``: a variable has it, as far as a glance tells."""
    place: int | None
    """Of one without a variable: where it was called first."""


@dataclass(slots=True)
class _Met:
    """A module that was called. Holds it weakly."""

    reference: weakref.ref[Any]
    described: LocalModule | None = None
    """``None``: a variable has the module, or it was one too many."""
    parameters: frozenset[int] = frozenset()
    """Ids of its parameters, while it lives."""
    looks: int = 0


@dataclass(slots=True)
class LocalModules:
    """Those of one run."""

    namespace: Mapping[str, Any]
    places: PlaceTree
    torch: Any
    health: Health
    _met: dict[int, _Met] = field(default_factory=dict)
    _described: list[_Met] = field(default_factory=list)
    _await_gradients: list[_Met] = field(default_factory=list)

    def called(
        self,
        module: Any,
        place: int | None,
        caller: FrameType | None,
        *,
        training: bool,
        layers: Layers | None,
    ) -> None:
        """A root call; ``caller``: a frame that leads to its place; ``layers``: if just counted.

        A module that is known already costs a look into a dictionary.
        """
        met = self._met.get(id(module))
        if met is None or met.reference() is not module:
            met = self._meet(module, place, caller, layers)
        if met.described is not None:
            met.described.training = training

    def stepped(self) -> None:
        """An optimizer has stepped: gradients are there now. Cheap where nobody waits for them."""
        if not self._await_gradients:
            return
        waiting, self._await_gradients = self._await_gradients, []
        for met in waiting:
            module = met.reference()
            if module is None or met.described is None:
                continue
            before = met.described
            self._describe(met, module, before.path, before.place, layers=False)
            met.described.training, met.described.layers = before.training, before.layers
            met.looks += 1
            if not met.described.gradient_bytes and met.looks < _LOOKS_FOR_GRADIENTS:
                self._await_gradients.append(met)

    def alive(self) -> Iterator[CalledModule]:
        """The root modules that the run has called so far and that are still there."""
        for met in list(self._met.values()):
            module, described = met.reference(), met.described
            if module is not None:
                path = None if described is None else described.path
                yield CalledModule(module, path, None if described is None else described.place)

    def owner(self, parameters: Collection[int]) -> tuple[str | None, int]:
        """Path of the module that has the most of the parameters with these ids, and how many."""
        best: tuple[str | None, int] = (None, 0)
        for met in self._described:
            if met.described is not None and met.reference() is not None:
                shared = sum(key in met.parameters for key in parameters)
                if shared > best[1]:
                    best = met.described.path, shared
        return best

    def found(self, survey: Survey) -> list[LocalModule]:
        """Those that the namespace does not reach at the end of the cell; equal ones once."""
        found: list[LocalModule] = []
        for met in self._described:
            module = met.reference()
            if met.described is None or id(module) in survey.module_ids:
                continue
            if module is not None and survey.placement.truncated:
                continue  # a variable may have it
            one = replace(met.described, alive=module is not None)
            alike = next((each for each in found if replace(each, count=1) == one), None)
            if alike is None:
                found.append(one)
            else:
                alike.count += 1
        return found

    def _meet(
        self, module: Any, place: int | None, caller: FrameType | None, layers: Layers | None
    ) -> _Met:
        met = self._met[id(module)] = _Met(weakref.ref(module))
        if len(self._described) >= _MOST or self._has_variable(module):
            return met
        with self.health.guard(_PART):
            at = self.places.frame_of(place, caller)
            name = None if at is None else called_in(at)
            path = name or class_name(module)
            self._describe(met, module, path, place, layers=layers is None)
            if met.described is not None and layers is not None:
                met.described.layers = layers
            self._described.append(met)
            self._await_gradients.append(met)
        return met

    def _has_variable(self, module: Any) -> bool:
        """Whether the notebook has it, as far as a glance tells."""
        namespace: Any = self.namespace
        return any(thing is module for thing in list(dict.values(namespace))) or is_known(module)

    def _describe(
        self, met: _Met, module: Any, path: str, place: int | None, *, layers: bool
    ) -> None:
        read = Tensors(self.torch)
        deadline = clocks.thread_time() + _SECONDS
        cut = False

        def is_over() -> bool:
            nonlocal cut
            cut = clocks.thread_time() > deadline
            return cut

        with collector_paused(), read.quiet():
            tree = Tree(module, variable(path))
            tree.listed, _others = list_parts(read, module, tree.trail, is_over)
            placed = Placing(read).module(tree, layers=layers)
            own = (t for part in tree.listed for _name, t, is_own in part.tensors if is_own)
            met.parameters = frozenset(map(id, islice(own, 100_000)))
        met.described = LocalModule(**asdict(placed), place=place, alive=True, truncated=cut)

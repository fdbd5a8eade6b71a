"""Gradients that backwards make for nobody: no optimizer has the parameters."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ... import clocks
from ...record import UntakenGradients
from ..objects.kinds import class_name
from ..objects.local_modules import CalledModule
from ..objects.tensors import Tensors
from .clipping import Clipping
from .ungraded import named

FIRST_LOOK = 3
SECOND_LOOK = 6
"""The steps of an optimizer before which gradients are looked at: what has changed in between was
made by backwards of this run."""
_MOST_OPTIMIZERS = 8
_MOST_MODULES = 20
_CHECK_EVERY = 256
_LISTED = 20
_SECONDS = 0.02
"""For one look; of this thread's processor time."""


@dataclass(slots=True)
class _Gradient:
    """Of a parameter that no optimizer has, at the first look. Holds both weakly."""

    parameter: weakref.ref[Any]
    gradient: weakref.ref[Any] | None
    version: int


@dataclass(slots=True)
class _Untaken:
    """A module with such parameters, when both looks have been taken."""

    entry: UntakenGradients
    module: weakref.ref[Any]
    parameters: list[weakref.ref[Any]]
    """All of them that require a gradient."""


@dataclass(slots=True)
class GradientTakers:
    """What one run has shown of gradients that nobody takes. Keeps nothing alive."""

    first: dict[int, list[tuple[weakref.ref[Any], list[_Gradient]]]] = field(default_factory=dict)
    """By the id of an optimizer, between its two looks: the modules that had such parameters."""
    _found: list[_Untaken] = field(default_factory=list)
    _looks: int = 0
    clipping: Clipping = field(default_factory=Clipping)

    def awaited(self) -> list[tuple[weakref.ref[Any], list[weakref.ref[Any]]]]:
        """Modules between the two looks, and those of their parameters that no optimizer has."""
        if not self.first:
            return []
        return [
            (module, [each.parameter for each in gradients])
            for found in list(self.first.values())
            for module, gradients in found
        ]

    def look(
        self,
        read: Tensors,
        optimizer: Any,
        step: int,
        modules: Iterable[CalledModule],
        *,
        taken: Callable[[], set[int]],
        place: int | None,
    ) -> None:
        """Before a step, within `Tensors.quiet`.

        ``modules``: those that the run has called, from the outermost; ``taken``: ids of the
        parameters of all optimizers that are known.
        """
        if step == FIRST_LOOK and self._looks < _MOST_OPTIMIZERS:
            self._looks += 1
            self.first[id(optimizer)] = _untaken(read, modules, taken())
        elif step == SECOND_LOOK:
            before = self.first.pop(id(optimizer), [])
            if before:
                described = {id(one.module): one for one in modules}
                own = taken()
                for reference, gradients in before:
                    one = described.get(id(reference()))
                    if one is not None and one.module is reference():
                        self._compare(read, one, gradients, own, place)

    def _compare(
        self,
        read: Tensors,
        one: CalledModule,
        before: list[_Gradient],
        taken: set[int],
        place: int | None,
    ) -> None:
        if any(known.module() is one.module for known in self._found):
            return
        entry = UntakenGradients(
            module=one.path or class_name(one.module),
            class_name=class_name(one.module),
            parts=[],
            tensors=0,
            local=one.path is not None,
            called_place=one.place,
            place=place,
            clipped=self.clipping.has_reached(one.module),
        )
        parameters: list[weakref.ref[Any]] = []
        for each in before:
            parameter = each.parameter()
            if parameter is None or id(parameter) in taken:
                continue
            parameters.append(each.parameter)
            gradient = read.gradient(parameter)
            if gradient is not None and _is_new(read, gradient, each):
                storage, device = read.storage(gradient), read.device_name(gradient)
                entry.tensors += 1
                held = entry.gradient_bytes
                held[device] = held.get(device, 0) + (0 if storage is None else storage[1])
        if not entry.tensors:
            return
        found = _Untaken(entry, weakref.ref(one.module), parameters)
        if one.path is not None:  # it may be gone when the cell has ended
            _name(read, found, {one.path: found.module}, local=True)
        self._found.append(found)

    def taken_by(self, parameters: Iterable[Any]) -> None:
        """An optimizer with these parameters steps for the first time in the run."""
        if self._found:
            _drop(self._found, set(map(id, parameters)))

    def settle(
        self,
        read: Tensors,
        modules: Mapping[str, weakref.ref[Any]],
        taken: Callable[[], set[int]],
    ) -> list[UntakenGradients]:
        """At the end of the run: what is still nobody's, as the user would write it.

        ``modules``: root modules of the namespace by their names; ``taken`` as for `look`.
        """
        found, self._found = self._found, []
        if not found:
            return []
        _drop(found, taken())
        for one in found:
            _name(read, one, modules, local=False)
        return [one.entry for one in found if one.entry.parts]


def _untaken(
    read: Tensors, modules: Iterable[CalledModule], taken: set[int]
) -> list[tuple[weakref.ref[Any], list[_Gradient]]]:
    found: list[tuple[weakref.ref[Any], list[_Gradient]]] = []
    seen: set[int] = set()
    deadline = clocks.thread_time() + _SECONDS
    for one in islice(modules, _MOST_MODULES):
        own: list[_Gradient] = []
        for number, parameter in enumerate(_trained(read, one.module, seen)):
            if number % _CHECK_EVERY == 0 and clocks.thread_time() > deadline:
                return []  # what was not seen may be another's
            if id(parameter) not in taken:
                own.append(_gradient_of(read, parameter))
        if any(each.gradient is not None for each in own):
            found.append((weakref.ref(one.module), own))
    return found


def _gradient_of(read: Tensors, parameter: Any) -> _Gradient:
    gradient = read.gradient(parameter)
    if gradient is None:
        return _Gradient(weakref.ref(parameter), None, 0)
    return _Gradient(weakref.ref(parameter), weakref.ref(gradient), _version(read, gradient))


def _version(read: Tensors, tensor: Any) -> int:
    return 0 if read.is_inference(tensor) else int(read.version(tensor))


def _is_new(read: Tensors, gradient: Any, before: _Gradient) -> bool:
    known = None if before.gradient is None else before.gradient()
    return known is not gradient or _version(read, gradient) > before.version


def _trained(read: Tensors, root: Any, seen: set[int]) -> Iterator[Any]:
    """The parameters below a module that require a gradient, each once."""
    stack = [root]
    while stack:
        module = stack.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        content = read.module_content(module)
        for _name, tensor, is_parameter in content.tensors:
            if is_parameter and read.requires_grad(tensor) and id(tensor) not in seen:
                seen.add(id(tensor))
                yield tensor
        stack.extend(child for _name, child in content.children)


def _drop(found: list[_Untaken], taken: set[int]) -> None:
    """Forget what an optimizer has: of a module of which it has any, all."""
    found[:] = [one for one in found if not any(id(each()) in taken for each in one.parameters)]


def _name(
    read: Tensors, one: _Untaken, modules: Mapping[str, weakref.ref[Any]], *, local: bool
) -> None:
    """Write down what the user calls it, if these modules have all of it."""
    module = one.module()
    if module is None:
        return
    own = next((path for path, each in modules.items() if each() is module), None)
    parts = named(read, one.parameters, modules if own is None else {own: modules[own]})
    if parts and sum(part.tensors for part in parts) == len(one.parameters):
        paths = [part.path for part in parts]
        one.entry.parts, one.entry.local = paths[:_LISTED], local
        one.entry.module = own or (paths[0] if len(paths) == 1 else one.entry.class_name)

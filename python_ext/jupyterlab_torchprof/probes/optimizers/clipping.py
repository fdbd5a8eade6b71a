"""Whether clipping reaches gradients that no optimizer takes.

Clipping multiplies each gradient that it is given in place, by one at most, which raises the
version of the tensor. What was passed to it cannot be read: it is mostly a generator.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..objects.tensors import Tensors

_MOST_READ = 64
"""Gradients of one module that are read around a call."""


@dataclass(slots=True)
class _Before:
    """A gradient as a call of the clipping found it. Held weakly."""

    module: int
    """Id."""
    gradient: weakref.ref[Any]
    version: int


@dataclass(slots=True)
class Clipping:
    """What the clipping of one run has reached. Keeps nothing alive."""

    _reached: dict[int, bool] = field(default_factory=dict)
    """By id of the module: whether some call has changed one of its gradients."""

    def before(
        self,
        read: Tensors,
        modules: Iterable[tuple[weakref.ref[Any], Sequence[weakref.ref[Any]]]],
    ) -> list[_Before]:
        """Within `Tensors.quiet`. ``modules``: with those parameters that no optimizer has."""
        found: list[_Before] = []
        for reference, parameters in modules:
            module = reference()
            stride = max(1, -(-len(parameters) // _MOST_READ))
            for one in parameters[::stride] if module is not None else ():
                parameter = one()
                gradient = None if parameter is None else read.gradient(parameter)
                if gradient is not None and not read.is_inference(gradient):
                    version = int(read.version(gradient))
                    found.append(_Before(id(module), weakref.ref(gradient), version))
        return found

    def after(self, read: Tensors, before: Iterable[_Before]) -> None:
        """The call has returned; within `Tensors.quiet`."""
        for one in before:
            gradient = one.gradient()
            if gradient is not None:
                changed = int(read.version(gradient)) != one.version
                self._reached[one.module] = self._reached.get(one.module, False) or changed

    def has_reached(self, module: Any) -> bool | None:
        """Whether it has changed gradients of a module; ``None``: no call was looked at."""
        return self._reached.get(id(module))

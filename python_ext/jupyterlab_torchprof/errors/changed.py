"""Which tensor it is that a backward found changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ..probes.exceptions import text_of
from ..probes.objects.kinds import Kind
from ..probes.objects.members import members
from ..probes.objects.paths import Step, Trail, variable, write
from ..probes.objects.tensors import Tensors
from ..probes.objects.trees import child_trail
from ..record import ChangedTensor

_MESSAGE = re.compile(
    r"modified by an inplace operation: \[\S+ \[([\d, ]*)\]\].* is at version (\d+); expected"
)
_MOST = 3
_MOST_LOOKED_AT = 5_000
_ELEMENTS = 200
_DEPTH = 3


def is_of_a_change(error: BaseException) -> bool:
    """Whether a tensor was changed that a backward needs."""
    return _MESSAGE.search(text_of(error)) is not None


def changed_tensors(
    error: BaseException, variables: Mapping[str, Any], torch: Any
) -> list[ChangedTensor]:
    """The tensors that variables lead to with the size and the version that the error names.

    A weight counts with its sizes the other way round: a linear layer saves it transposed.
    """
    match = _MESSAGE.search(text_of(error))
    if match is None:
        return []
    shape = [int(size) for size in match[1].split(",") if size.strip()]
    version = int(match[2])
    tensors = Tensors(torch)
    found: list[ChangedTensor] = []
    seen: set[int] = set()
    with tensors.quiet():
        for tensor, trail, parameter in _tensors(variables, tensors):
            sizes = tensors.shape(tensor)
            fits = sizes == shape or (parameter and sizes == shape[::-1])
            if id(tensor) in seen or not fits or tensors.is_inference(tensor):
                continue
            seen.add(id(tensor))
            if tensors.version(tensor) == version and version:
                found.append(ChangedTensor(name=write(trail), parameter=parameter))
                if len(found) > _MOST:
                    return []  # which of them it is nobody knows
    return found


def _tensors(variables: Mapping[str, Any], tensors: Tensors) -> Iterator[tuple[Any, Trail, bool]]:
    stack: list[tuple[Any, Trail, int]] = [
        (value, variable(name), _DEPTH)
        for name, value in reversed(list(variables.items()))
        if name[:1] != "_" and name not in ("In", "Out")
    ]
    seen: set[int] = set()
    while stack and len(seen) < _MOST_LOOKED_AT:
        thing, trail, left = stack.pop()
        kind = tensors.kind(thing)
        if kind is Kind.TENSOR:
            yield thing, trail, tensors.is_parameter(thing)
        elif kind is Kind.MODULE and id(thing) not in seen:
            seen.add(id(thing))
            content = tensors.module_content(thing)
            for name, tensor, parameter in content.tensors:
                yield tensor, (trail, Step.ATTRIBUTE, name), parameter
            named = tensors.has_named_children(thing)
            for name, child in reversed(content.children):
                stack.append((child, child_trail(trail, name, named), left))
        elif kind and left and id(thing) not in seen:
            seen.add(id(thing))
            inside = list(islice(members(tensors, thing, trail), _ELEMENTS))
            stack.extend((value, way, left - 1) for value, way in reversed(inside))

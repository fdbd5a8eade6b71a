"""The tensors that variables lead to, and how the user would write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ..probes.objects.kinds import Kind
from ..probes.objects.members import members
from ..probes.objects.paths import Step, Trail, variable
from ..probes.objects.tensors import Tensors
from ..probes.objects.trees import child_trail

_MOST_LOOKED_AT = 5_000
_ELEMENTS = 200
_DEPTH = 3


def named_tensors(
    variables: Mapping[str, Any], tensors: Tensors
) -> Iterator[tuple[Any, Trail, bool]]:
    """Tensors, the way to each, and whether it is a parameter; bounded."""
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

"""How the user would write an object that a variable holds, or an object or container in one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from itertools import islice
from types import ModuleType
from typing import Any

from ... import clocks
from .members import members
from .paths import Trail, variable, write
from .tensors import Tensors
from .variables import Variables

_DEPTH = 2
"""Steps from a variable: ``lab.trainer.loader``."""
_MOST = 1000
"""Objects that are looked into."""
_SECONDS = 0.01
"""Of this thread's processor time."""
_CHECK_EVERY = 16
_ELEMENTS = 64
"""Of one container; who keeps more does not keep what he works with."""
_IPYTHONS = ("In", "Out")


def paths_to(
    things: Iterable[Any], namespace: Mapping[str, Any], torch: ModuleType
) -> dict[int, str]:
    """The shortest way to each of these objects, by their ids, as far as there is one."""
    wanted = {id(thing) for thing in things if thing is not None}
    if not wanted:
        return {}
    variables = Variables(namespace)
    found = {key: name for key, name in variables.names().items() if key in wanted}
    if found.keys() != wanted:
        found.update(_search(wanted - found.keys(), variables, Tensors(torch)))
    return found


def _search(wanted: set[int], variables: Variables, tensors: Tensors) -> dict[int, str]:
    """Breadth first, and never through code of the user's classes."""
    found: dict[int, str] = {}
    seen: set[int] = set()
    queue: deque[tuple[Any, Trail, int]] = deque(
        (thing, variable(name), _DEPTH)
        for name, thing in variables.objects
        if name[:1] != "_" and name not in _IPYTHONS
    )
    deadline = clocks.thread_time() + _SECONDS
    while queue and len(seen) < _MOST and len(found) < len(wanted):
        thing, trail, steps_left = queue.popleft()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if len(seen) % _CHECK_EVERY == 0 and clocks.thread_time() > deadline:
            break
        for value, way in list(islice(members(tensors, thing, trail), _ELEMENTS)):
            if id(value) in wanted:
                found.setdefault(id(value), write(way))
            elif steps_left > 1 and tensors.kind(value):
                queue.append((value, way, steps_left - 1))
    return found

"""How the user would write an object that a variable holds, or an object or container in one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from itertools import chain, islice
from types import ModuleType
from typing import Any

from .kinds import Kind, Kinds, attributes_of
from .paths import Step, Trail, variable, write
from .variables import Variables

_DEPTH = 2
"""Steps from a variable: ``lab.trainer.loader``."""
_MOST = 1000
"""Objects that are looked into."""
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
        kinds = Kinds(torch._C.TensorBase, torch.nn.Module)
        found.update(_search(wanted - found.keys(), variables, kinds))
    return found


def _search(wanted: set[int], variables: Variables, kinds: Kinds) -> dict[int, str]:
    """Breadth first, and never through code of the user's classes."""
    found: dict[int, str] = {}
    seen: set[int] = set()
    queue: deque[tuple[Any, Trail, int]] = deque(
        (thing, variable(name), _DEPTH)
        for name, thing in variables.objects
        if name[:1] != "_" and name not in _IPYTHONS
    )
    while queue and len(seen) < _MOST and len(found) < len(wanted):
        thing, trail, steps_left = queue.popleft()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        step, members = _members(thing, kinds)
        for key, value in members:
            if step is Step.ATTRIBUTE and not str(key).isidentifier():
                continue  # ``model[1]`` is written in another way
            if id(value) in wanted:
                found.setdefault(id(value), write((trail, step, key)))
            elif steps_left > 1 and kinds.kind(value):
                queue.append((value, (trail, step, key), steps_left - 1))
    return found


def _members(thing: Any, kinds: Kinds) -> tuple[Step, list[tuple[Any, Any]]]:
    """What an object or a container holds itself, by attribute or key."""
    kind = kinds.kind(thing)
    step = Step.ITEM
    members: Iterable[tuple[Any, Any]] = ()
    if kind is Kind.OBJECT:
        step, members = Step.ATTRIBUTE, kinds.attributes(thing).items()
    elif kind is Kind.MODULE:
        own = attributes_of(thing)
        children: Any = own.get("_modules")
        children = dict.items(children) if issubclass(type(children), dict) else ()
        step = Step.ATTRIBUTE
        members = chain(children, (each for each in own.items() if each[0][:1] != "_"))
    elif kind is Kind.MAPPING:
        members = dict.items(thing)
    elif kind is Kind.SEQUENCE:
        iterate = list.__iter__ if issubclass(type(thing), list) else tuple.__iter__
        members = enumerate(iterate(thing))
    return step, list(islice(members, _ELEMENTS))

"""How the user would write the way to a module that an error passed through."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ..probes.holding.frame_locals import frame_locals
from ..probes.objects.kinds import Kind
from ..probes.objects.members import members
from ..probes.objects.paths import Step, Trail, variable, write
from ..probes.objects.reached import paths_to
from ..probes.objects.tensors import Tensors
from ..probes.objects.trees import child_trail

_MOST = 2_000
"""Objects that are looked at."""
_ELEMENTS = 200
"""Of one container."""


class Ways:
    """Finds ways to the modules of one traceback. Keeps them only while the error is looked at."""

    def __init__(self, torch: Any, namespace: Mapping[str, Any], caller: Any) -> None:
        """``caller``: the frame of the user's line that called the outermost of the modules."""
        self._torch = torch
        self._namespace = namespace
        self._caller = caller
        self._tensors = Tensors(torch)
        self._roots: list[tuple[Any, Trail]] = []

    def to(self, module: Any) -> tuple[str | None, str | None]:
        """The way to a module, and the attribute that hides it from the module which has it.

        Modules must be asked for from the outermost one inwards: of those within it the way goes
        on from there.
        """
        for root, trail in self._roots:
            if root is module:
                return write(trail), None
        for root, trail in reversed(self._roots):
            known = self._registered(root, trail, module)
            if known is not None:
                return write(known), None
        for root, trail in reversed(self._roots):
            hidden = self._anywhere(root, trail, module)
            if hidden is not None:
                return write(hidden[0]), write(hidden[1])
        name = self._name_of(module)
        if name is None:
            return None, None
        self._roots.append((module, variable(name)))
        return name, None

    def _name_of(self, module: Any) -> str | None:
        """Of a module that lies in none of the others: what the calling line has it by."""
        found = paths_to([module], self._namespace, self._torch).get(id(module))
        if found is not None or self._caller is None:
            return found
        if self._caller.f_code.co_name == "<module>":
            return None
        local = {name: value for name, value in frame_locals(self._caller) if name is not None}
        return paths_to([module], local, self._torch).get(id(module))

    def _registered(self, root: Any, trail: Trail, wanted: Any) -> Trail | None:
        for module, way in self._tree(root, trail):
            if module is wanted:
                return way
        return None

    def _tree(self, root: Any, trail: Trail) -> Iterator[tuple[Any, Trail]]:
        """The module and what it is made of, as far as it knows."""
        queue: deque[tuple[Any, Trail]] = deque([(root, trail)])
        seen: set[int] = set()
        while queue and len(seen) < _MOST:
            module, way = queue.popleft()
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield module, way
            named = self._tensors.has_named_children(module)
            for name, child in self._tensors.module_content(module).children:
                queue.append((child, child_trail(way, name, named)))

    def _anywhere(self, root: Any, trail: Trail, wanted: Any) -> tuple[Trail, Trail] | None:
        """The way through what a module holds besides, and the attribute that it leaves by."""
        for module, way in self._tree(root, trail):
            others = self._tensors.module_content(module).others
            for name, value, _kind in others:
                hidden: Trail = (way, Step.ATTRIBUTE, name)
                queue: deque[tuple[Any, Trail]] = deque([(value, hidden)])
                seen: set[int] = set()
                while queue and len(seen) < _ELEMENTS:
                    thing, at = queue.popleft()
                    if thing is wanted:
                        return at, hidden
                    if id(thing) in seen or self._tensors.kind(thing) is Kind.TENSOR:
                        continue
                    seen.add(id(thing))
                    queue.extend(islice(members(self._tensors, thing, at), _ELEMENTS))
        return None

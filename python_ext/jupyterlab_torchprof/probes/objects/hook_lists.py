"""How many hooks the modules of a notebook have, from their own dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .kinds import Kind
from .paths import write
from .tensors import Tensors
from .trees import Tree, child_trail

SLOTS = {
    "_forward_hooks": "forward_hooks",
    "_forward_pre_hooks": "forward_pre_hooks",
    "_backward_hooks": "backward_hooks",
    "_backward_pre_hooks": "backward_pre_hooks",
}
"""Attributes of every module, and what is in them."""
_MOST_MODULES = 5000

HookCounts = Mapping[tuple[str, str, str], int]
"""By the root module, the module as the user would write it, and the kind: those that have any."""


class HookLists:
    """Counts again only if somebody has registered a hook since. Keeps no module alive.

    PyTorch numbers the handles of its hooks, so that its last number tells. Where hooks were only
    removed since, there are fewer than what is told; so no growth is told that there is not.
    """

    def __init__(self) -> None:
        """Nothing was counted yet."""
        self._registered: object = None
        self._found: HookCounts = {}

    def look(self, tensors: Tensors, trees: Iterable[Tree]) -> HookCounts:
        """The hooks of all modules in these trees."""
        registered = tensors.torch.utils.hooks.RemovableHandle.next_id
        if registered != self._registered:
            self._registered, self._found = registered, _count(tensors, trees)
        return self._found


def _count(tensors: Tensors, trees: Iterable[Tree]) -> HookCounts:
    found: dict[tuple[str, str, str], int] = {}
    seen: set[int] = set()
    for tree in trees:
        stack = [(tree.module, tree.trail)]
        while stack and len(seen) < _MOST_MODULES:
            module, trail = stack.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            attributes = tensors.module_attributes(module)
            for slot, kind in SLOTS.items():
                number = _length(attributes.get(slot))
                if number:
                    found[write(tree.trail), write(trail), kind] = number
            children: Any = attributes.get("_modules")
            if issubclass(type(children), dict):
                named = tensors.has_named_children(module)
                stack += [
                    (child, child_trail(trail, name, named))
                    for name, child in dict.items(children)
                    if type(name) is str and tensors.kind(child) is Kind.MODULE
                ]
    return found


def _length(hooks: Any) -> int:
    return dict.__len__(hooks) if issubclass(type(hooks), dict) else 0

"""The parameter groups and the state of an optimizer, without running code of its class.

Libraries wrap optimizers in classes whose ``param_groups`` is a property that leads to the
wrapped one's; that one is looked for among the wrapper's own attributes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .kinds import is_exactly, namespace_reader

_LEVELS = 4
"""Optimizers within optimizers."""


class OptimizerParts:
    """Reads optimizers of one PyTorch."""

    def __init__(self, torch: Any) -> None:
        """``torch``: the imported module."""
        self._base = torch.optim.Optimizer
        self._own = namespace_reader(torch.optim.Optimizer)

    def groups(self, optimizer: Any) -> list[dict[str, Any]]:
        """Its parameter groups."""
        groups: Any = self._attributes(optimizer).get("param_groups")
        if not issubclass(type(groups), list):
            return []
        return [group for group in list.__iter__(groups) if issubclass(type(group), dict)]

    def parameters(self, optimizer: Any) -> Iterator[Any]:
        """All its parameters."""
        for group in self.groups(optimizer):
            yield from parameters_of(group)

    def states(self, optimizer: Any) -> list[tuple[Any, dict[Any, Any]]]:
        """What it keeps, by parameter."""
        state: Any = self._attributes(optimizer).get("state")
        items = list(dict.items(state)) if issubclass(type(state), dict) else []
        return [(key, own) for key, own in items if issubclass(type(own), dict)]

    def wrapped(self, optimizer: Any) -> Any:
        """The optimizer whose groups a wrapper hands out as its own; ``None``: it is no wrapper."""
        own = self._own(optimizer)
        if "param_groups" in own:
            return None
        found = [value for value in own.values() if issubclass(type(value), self._base)]
        return found[0] if len(found) == 1 else None

    def _attributes(self, optimizer: Any) -> dict[str, Any]:
        at = optimizer
        for _ in range(_LEVELS):
            own = self._own(at)
            if "param_groups" in own:
                return own
            wrapped = [value for value in own.values() if issubclass(type(value), self._base)]
            if not wrapped:
                break
            at = wrapped[0]
        return {}


def parameters_of(group: dict[str, Any]) -> list[Any]:
    """The parameters of one group."""
    some: Any = dict.get(group, "params")
    return list(some) if is_exactly(some, (list, tuple)) else []

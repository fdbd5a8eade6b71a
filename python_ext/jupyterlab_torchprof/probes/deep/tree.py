"""Time of operators as a tree: line, module, operator."""

from __future__ import annotations

from typing import Any

from ...record import DeepNode
from .belonging import Belonging

_Key = tuple[Any, ...]
"""Place, module, operator and phase, or the first of these."""

MOST_NODES = 1000
_LEAST = 0.001
"""A smaller share of the time is left to the node above."""


class TimeTree:
    """Adds up own times of operators by where they belong."""

    def __init__(self) -> None:
        """Nothing was added yet."""
        self._leaves: dict[_Key, int] = {}

    def add(self, name: str, at: Belonging, own_ns: int) -> None:
        """Own time of one call of an operator."""
        key = (at.place, at.module, name, at.phase)
        self._leaves[key] = self._leaves.get(key, 0) + own_ns

    def nodes(self) -> list[DeepNode]:
        """The tree, the largest parts first on each level, each node below its parent."""
        lines = _grouped(self._leaves, 1)
        modules = _grouped(self._leaves, 2)
        least = _LEAST * sum(lines.values())
        found: list[DeepNode] = []
        for line, line_ns in _largest(lines, least):
            top = _added(found, DeepNode(parent=None, kind="line", place=line[0]), line_ns)
            for module, module_ns in _largest(modules, least, line):
                at = top
                if module[1] is not None:
                    node = DeepNode(parent=top, kind="module", name=module[1])
                    at = _added(found, node, module_ns)
                for (*_, name, phase), own_ns in _largest(self._leaves, least, module):
                    node = DeepNode(parent=at, kind="operator", name=name, phase=phase)
                    _added(found, node, own_ns)
        return found[:MOST_NODES]


def _grouped(leaves: dict[_Key, int], length: int) -> dict[_Key, int]:
    """Sums by the first so many parts of the key."""
    sums: dict[_Key, int] = {}
    for key, own_ns in leaves.items():
        sums[key[:length]] = sums.get(key[:length], 0) + own_ns
    return sums


def _largest(sums: dict[_Key, int], least: float, within: _Key = ()) -> list[tuple[_Key, int]]:
    chosen = [
        (key, own_ns)
        for key, own_ns in sums.items()
        if own_ns >= least and own_ns and key[: len(within)] == within
    ]
    return sorted(chosen, key=lambda item: -item[1])


def _added(nodes: list[DeepNode], node: DeepNode, own_ns: int) -> int:
    node.total_s = own_ns / 1e9
    nodes.append(node)
    return len(nodes) - 1

"""What becomes more with each run of a cell and is told by a number: hooks, and nodes of graphs."""

from __future__ import annotations

from typing import Literal, cast

from ..probes.objects.survey import Survey
from ..record import CountGrowth, MemoryShare
from .growing import Growing

_Kind = Literal[
    "forward_hooks", "forward_pre_hooks", "backward_hooks", "backward_pre_hooks", "graph_nodes"
]
_Place = tuple[str, str, str]
"""The holder of whose row it is told, what it is, and the kind."""
_NODES = "graph_nodes"
_FEWEST_NODES = 8
"""By which a graph must have grown: one step of a model, not a sum of a number."""
_SHOWN = 3
"""Of one holder."""


class Counts:
    """Compares the numbers from run to run."""

    def __init__(self) -> None:
        """Nothing was counted yet."""
        self._hooks: Growing[_Place] = Growing(least=1)
        self._nodes: Growing[_Place] = Growing(least=_FEWEST_NODES)
        self._told: dict[tuple[str, str], list[CountGrowth]] = {}

    def look(self, cell_id: str | None, found: Survey) -> None:
        """A run has ended, and this was found."""
        nodes: dict[_Place, int] = {}
        grown: set[_Place] = set()
        for name, graph in found.graphs.items():
            place = (found.carriers[name].path, found.carriers[name].path, _NODES)
            if not graph.truncated:
                nodes[place] = graph.nodes
                if graph.goes_on:
                    grown.add(place)
        self._hooks.look(cell_id, found.hooks)
        self._nodes.look(cell_id, nodes, grown)
        self.note(found)

    def note(self, found: Survey) -> None:
        """What is to be told of what was found now."""
        self._told = {}
        for place in self._hooks.paths() & found.hooks.keys():
            self._tell(self._hooks, place, found.hooks[place])
        grown = self._nodes.paths()
        for name, graph in found.graphs.items() if grown else ():
            path = found.carriers[name].path
            if (path, path, _NODES) in grown:
                self._tell(self._nodes, (path, path, _NODES), graph.nodes)

    def of(self, share: MemoryShare) -> list[CountGrowth]:
        """What grows at this holder, what has most first."""
        told = self._told.get((share.kind, share.name or ""), [])
        return sorted(told, key=lambda one: (-one.count, one.name, one.kind))[:_SHOWN]

    def has(self, share: MemoryShare) -> bool:
        """Whether something grows at this holder."""
        return (share.kind, share.name or "") in self._told

    def _tell(self, growing: Growing[_Place], place: _Place, count: int) -> None:
        grown = growing.of(place)
        if grown is not None:
            holder, name, kind = place
            row = ("graphs" if kind == _NODES else "parameters", holder)
            self._told.setdefault(row, []).append(
                CountGrowth(
                    kind=cast(_Kind, kind),
                    name=name,
                    count=count,
                    grown=grown.least,
                    runs=grown.runs,
                    cell_id=grown.cell_id,
                )
            )

"""Observes what gathers tensors from cell to cell: lists, dictionaries, sums."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any, ClassVar

from ..health import Health
from ..record import CellRecord, Collected
from .base import CellRun, Probe
from .graphs.retained import elements
from .graphs.sums import Sum, find_sum
from .objects.gathered import Gathered
from .objects.survey import GraphSize, Survey, survey
from .objects.tensors import Tensors
from .torch_import import imported_torch

_MAX_COLLECTED = 50
_NO_GRAPH = GraphSize(0, truncated=False)


@dataclass(slots=True)
class _Before:
    """What a variable had gathered after the run before."""

    container_id: int
    first: weakref.ref[Any] | None
    tensors: int


class CollectedProbe(Probe):
    """Writes ``collected``, the largest first."""

    name: ClassVar[str] = "collected"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health) -> None:
        """Failures are reported to ``health``."""
        super().__init__(health)
        self._before: dict[str, _Before] = {}
        self._sums: dict[str, tuple[int, Sum]] = {}
        """By variable: sequence number of its ``grad_fn``, and the sum."""

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Compare with the run before."""
        found = survey(run)
        if found is None:
            return
        entries = [self._entry(name, one, found) for name, one in found.gathered.items()]
        self._before = {
            name: _Before(one.container_id, one.first, one.tensors)
            for name, one in found.gathered.items()
        }
        entries += self._find_sums(found)
        entries.sort(key=lambda entry: (-sum(entry.storage_bytes.values()), -entry.graph_nodes))
        record.collected = entries[:_MAX_COLLECTED]

    def _entry(self, name: str, one: Gathered, found: Survey) -> Collected:
        before = self._before.get(name)
        known = before.tensors if before is not None and _is_same(before, one) else 0
        graph = found.graphs.get(name, _NO_GRAPH)
        return Collected(
            variable=name,
            kind=one.kind,
            tensors=one.tensors,
            new_tensors=max(0, one.tensors - known),
            scalars=one.scalars,
            direct=one.direct,
            storage_bytes=one.storage_bytes,
            with_graph=one.with_graph,
            graph_nodes=graph.nodes,
            truncated=graph.truncated or found.placement.truncated,
        )

    def _find_sums(self, found: Survey) -> list[Collected]:
        torch = imported_torch()
        assert torch is not None
        tensors = Tensors(torch)
        entries: list[Collected] = []
        sums: dict[str, tuple[int, Sum]] = {}
        named = [
            (name, path, reference())
            for name, carriers in found.carriers.items()
            for path, reference in carriers.named.items()
        ]
        for name, path, tensor in named:
            if tensor is None:
                continue
            with tensors.quiet():
                if elements(tensors, tensor) != 1:
                    continue
                root = tensors.grad_fn(tensor)
                one = None if root is None else self._sum(path, root)
                if one is None:
                    continue
                storage = tensors.storage(tensor)
                device = tensors.device_name(tensor)
            sums[path] = (root._sequence_nr(), one)
            graph = found.graphs.get(name, _NO_GRAPH)
            entries.append(
                Collected(
                    variable=path,
                    kind="sum",
                    tensors=one.terms,
                    new_tensors=one.new,
                    scalars=one.terms,
                    storage_bytes={} if storage is None else {device: storage[1]},
                    with_graph=one.with_graph,
                    graph_nodes=graph.nodes,
                    truncated=one.truncated or graph.truncated or found.placement.truncated,
                )
            )
        self._sums = sums
        return entries

    def _sum(self, name: str, root: Any) -> Sum | None:
        known = self._sums.get(name)
        if known is None:
            return find_sum(root, -1)
        number, before = known
        if number == root._sequence_nr():
            return before._replace(new=0)
        return find_sum(root, before.last)


def _is_same(before: _Before, now: Gathered) -> bool:
    """Whether it is the container that it was: one at the same place may be another."""
    if before.container_id != now.container_id:
        return False
    if before.first is None or now.first is None:
        return before.first is now.first
    return before.first() is not None and before.first() is now.first()

"""The graphs that the namespace still holds when a cell has ended."""

from __future__ import annotations

from typing import Any

from ..record import RetainedGraph
from .graph import Graph, GraphBounds, GraphWalk, sizes_of
from .survey import Carriers, Survey
from .tensors import Tensors

_MAX_VARIABLES = 50


def retained_graphs(tensors: Tensors, survey: Survey) -> tuple[list[RetainedGraph], bool]:
    """One entry per variable, largest first, and whether nothing was left out.

    Shared parts of graphs count for the first variable that reaches them. A graph that a
    backward has freed is no entry.
    """
    with tensors.quiet():
        walk = GraphWalk(tensors, GraphBounds())
        held = set(survey.storages)
        entries = []
        complete = not survey.placement.truncated
        for name, carriers in survey.carriers.items():
            entry = _retained(tensors, walk, name, carriers, held)
            if entry is not None:
                entries.append(entry)
                complete = complete and not entry.truncated
    entries.sort(key=lambda entry: -entry.saved_bytes)
    return entries[:_MAX_VARIABLES], complete and len(entries) <= _MAX_VARIABLES


def _retained(
    tensors: Tensors, walk: GraphWalk, name: str, carriers: Carriers, held: set[int]
) -> RetainedGraph | None:
    alive = [tensor for tensor in (ref() for ref in carriers.tensors) if tensor is not None]
    roots = [root for root in (grad_fn(tensors, tensor) for tensor in alive) if root is not None]
    graph = walk.walk(roots)
    own = _own(graph, held)
    sizes = sizes_of(own)
    if not graph.nodes or (graph.freed and not sizes.saved_bytes):
        return None
    held.update(own)
    return RetainedGraph(
        variable=carriers.path if len(carriers.tensors) == 1 else name,
        nodes=graph.nodes,
        saved_bytes=sizes.saved_bytes,
        largest_bytes=sizes.largest_bytes,
        device=sizes.device or tensors.device_name(alive[0]),
        tensors=len(alive),
        elements=max(elements(tensors, tensor) for tensor in alive),
        other_leaves=graph.other_leaves,
        truncated=graph.truncated,
    )


def _own(graph: Graph, held: set[int]) -> dict[int, Any]:
    return {key: saved for key, saved in graph.saved.items() if key not in held}


def grad_fn(tensors: Tensors, tensor: Any) -> Any:
    """Its ``grad_fn``; ``None`` where PyTorch refuses (a view that was changed in place)."""
    try:
        return tensors.grad_fn(tensor)
    except RuntimeError:
        return None


def elements(tensors: Tensors, tensor: Any) -> int:
    """Number of its elements; 1 where it does not say (nested)."""
    try:
        return int(tensors.numel(tensor))
    except Exception:
        return 1

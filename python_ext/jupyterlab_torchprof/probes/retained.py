"""The graphs that the namespace still holds when a cell has ended.

A short look is part of every cell. Where it was cut although it had found graphs that no
backward in the cell has used, a longer one follows: that is the case that somebody will be
advised on, and there an exact number is worth more than a few milliseconds.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..record import RetainedGraph
from .graph import Graph, GraphBounds, GraphWalk, sizes_of
from .survey import Carriers, Survey
from .tensors import Tensors

_MAX_VARIABLES = 50
_WORTH_MORE_BYTES = 1_000_000
_LONGER_SHARE = 0.2
_LONGEST_S = 0.5


def longer_bounds(found: list[RetainedGraph], duration_s: float) -> GraphBounds | None:
    """How much further to look in a cell of this length without a backward, if at all.

    At most a fifth of what the cell took and half a second.
    """
    seconds = min(_LONGER_SHARE * duration_s, _LONGEST_S)
    if seconds <= GraphBounds().seconds or not any(graph.truncated for graph in found):
        return None
    if sum(graph.saved_bytes for graph in found) < _WORTH_MORE_BYTES:
        return None
    return GraphBounds(nodes=1_000_000, seconds=seconds)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep Python's collector from starting.

    The nodes of a long walk are many new objects, and going through all of PyTorch's takes longer
    than the walk itself.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def retained_graphs(
    tensors: Tensors, survey: Survey, bounds: GraphBounds | None = None
) -> tuple[list[RetainedGraph], bool]:
    """One entry per variable, largest first, and whether nothing was left out.

    Shared parts of graphs count for the first variable that reaches them. A graph that a
    backward has freed is no entry.
    """
    with tensors.quiet():
        walk = GraphWalk(tensors, bounds or GraphBounds())
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

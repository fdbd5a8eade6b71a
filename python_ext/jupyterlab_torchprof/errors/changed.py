"""Which tensor it is that a backward found changed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from ..probes.exceptions import plain_text_of
from ..probes.holding.frame_locals import frame_locals
from ..probes.objects.paths import write
from ..probes.objects.tensors import Tensors
from ..record import ChangedTensor
from .named_tensors import named_tensors

_MESSAGE = re.compile(
    r"modified by an inplace operation: \[\S+ \[([\d, ]*)\]\].* is at version (\d+); expected"
)
_MOST = 3
_MOST_NODES = 20_000


def is_of_a_change(error: BaseException) -> bool:
    """Whether a tensor was changed that a backward needs."""
    return _MESSAGE.search(plain_text_of(error)) is not None


def changed_tensors(
    error: BaseException,
    tracebacks: Sequence[TracebackType],
    variables: Mapping[str, Any],
    torch: Any,
) -> list[ChangedTensor]:
    """The tensors of the failing graph that have the size and the version that the error names.

    A weight counts with its sizes the other way round: a linear layer saves it transposed.
    """
    match = _MESSAGE.search(plain_text_of(error))
    if match is None:
        return []
    shape = [int(size) for size in match[1].split(",") if size.strip()]
    version = int(match[2])
    tensors = Tensors(torch)
    found: list[ChangedTensor] = []
    seen: set[int] = set()
    with tensors.quiet():
        nodes = _nodes(tensors, _outputs(tracebacks))
        for tensor, trail, parameter in named_tensors(variables, tensors):
            sizes = tensors.shape(tensor)
            fits = sizes == shape or (parameter and sizes == shape[::-1])
            if id(tensor) in seen or not fits or tensors.is_inference(tensor):
                continue
            seen.add(id(tensor))
            if tensors.version(tensor) != version or not version:
                continue
            if id(tensors.grad_fn(tensor) or tensor) in nodes:
                found.append(ChangedTensor(name=write(trail), parameter=parameter))
                if len(found) > _MOST:
                    return []  # which of them it is nobody knows
    return found


def _outputs(tracebacks: Sequence[TracebackType]) -> list[Any]:
    """What the backward was called for."""
    for traceback in reversed(tracebacks):
        if traceback.tb_frame.f_code.co_name == "_engine_run_backward":
            outputs: Any = dict(frame_locals(traceback.tb_frame)).get("t_outputs")
            return list(outputs) if type(outputs) in (tuple, list) else []
    return []


def _nodes(tensors: Tensors, outputs: Sequence[Any]) -> dict[int, Any]:
    """The nodes of a graph and the leaves at its ends, by their ids."""
    found: dict[int, Any] = {}
    stack = [
        node
        for output in outputs
        if issubclass(type(output), tensors.torch.Tensor)
        and (node := tensors.grad_fn(output)) is not None
    ]
    while stack and len(found) < _MOST_NODES:
        node = stack.pop()
        if id(node) in found:
            continue
        found[id(node)] = node
        if type(node).__name__ == "AccumulateGrad":
            leaf = node.variable
            found[id(leaf)] = leaf
            continue
        stack.extend(each for each, _input in node.next_functions if each is not None)
    return found

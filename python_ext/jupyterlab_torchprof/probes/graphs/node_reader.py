"""Reads one node of an autograd graph: the leaf that it stands for, or what it has saved."""

from __future__ import annotations

from typing import Any

from ..objects.kinds import Kind, is_exactly
from ..objects.tensors import Tensors
from .kept import Graph, Saved
from .saved_tensors import saved_tensors

_TENSOR = Kind.TENSOR


class NodeReader:
    """Writes what a node keeps into its graph. Runs within `Tensors.quiet`."""

    def __init__(self, tensors: Tensors) -> None:
        """``tensors`` reads those that are saved."""
        self._tensors = tensors
        self._python_function = tensors.torch._C._FunctionBase
        self._saved = saved_tensors(tensors.torch)

    def read_leaf(self, node: Any, graph: Graph) -> None:
        """See what an ``AccumulateGrad`` is for."""
        leaf = node.variable
        storage = self._tensors.storage(leaf)
        if storage is not None:
            graph.leaves.add(storage[0])
        if not self._tensors.is_parameter(leaf):
            graph.other_leaves = True

    def read_saved(self, node: Any, graph: Graph, is_spent: bool) -> bool:
        """Count what a node has saved; whether a backward has freed it."""
        of_python = isinstance(node, self._python_function)
        if of_python:
            kept = self._saved.of_function(node)
        else:
            kept = self._saved.of_native(node, is_spent=is_spent)
        graph.freed = graph.freed or kept.freed
        for tensor in kept.tensors:
            if self._tensors.kind(tensor) is _TENSOR:
                self._count(tensor, graph)
        if of_python and not kept.freed:
            self._keep_attributes(node, graph)
        return kept.freed

    def _keep_attributes(self, node: Any, graph: Graph) -> None:
        """What a custom function has put on ``ctx`` by itself."""
        for value in self._tensors.attributes(node).values():
            if self._tensors.kind(value) is _TENSOR:
                self._count(value, graph)
            elif is_exactly(value, (list, tuple)):
                for part in value:
                    if self._tensors.kind(part) is _TENSOR:
                        self._count(part, graph)

    def _count(self, tensor: Any, graph: Graph) -> None:
        read = self._tensors
        storage = read.storage(tensor)
        if storage is None or not storage[1]:
            for part in read.parts(tensor):
                self._count(part, graph)
            return
        key = storage[0]
        if key in graph.saved or key in graph.leaves:
            return
        if read.is_parameter(tensor) or read.is_parameter(read.view_base(tensor)):
            graph.leaves.add(key)
        else:
            graph.saved[key] = Saved(storage[1], read.device_name(tensor), tensor)

"""What kinds of backwards a cell ran: graphs that are retained, losses of twice a softmax."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..graphs.retaining import RetainedSizes
from ..objects.kinds import home_of
from ..objects.quiet import Quiet
from ..torch_import import imported_torch

_FOLLOWED = 3
"""Retaining backwards whose graphs are looked for in later backwards."""
_LATER = 8
"""Backwards after each of them that are compared."""
_MAX_NODES = 5_000
_SOFTMAX_LOOKS = 2
_SOFTMAX_NODES = 30
_SOFTMAX = "SoftmaxBackward0"
_STEADYING = frozenset({"AddBackward0", "ClampBackward1", "ClampMinBackward0"})
"""What keeps a logarithm finite."""
_SHAPES = frozenset(
    {
        "AliasBackward0",
        "CloneBackward0",
        "IndexBackward0",
        "PermuteBackward0",
        "ReshapeAliasBackward0",
        "SelectBackward0",
        "SliceBackward0",
        "SqueezeBackward0",
        "SqueezeBackward1",
        "TBackward0",
        "ToCopyBackward0",
        "TransposeBackward0",
        "UnsafeViewBackward0",
        "UnsqueezeBackward0",
        "ViewBackward0",
    }
)
"""Nodes that only arrange."""


class BackwardKinds:
    """Of one cell. Keeps numbers of nodes, never nodes."""

    def __init__(self) -> None:
        """No backward ran yet."""
        self.retaining = 0
        self.retaining_place: int | None = None
        self.retained = RetainedSizes()
        self.reused = False
        self.double_softmax_place: int | None = None
        self._softmax_looks = 0
        self._followed: list[tuple[set[int], int]] = []
        """Sequence numbers of the nodes of a retained graph, and how many backwards to compare."""
        self._followed_count = 0

    @property
    def wants_all(self) -> bool:
        """Whether the next backward must be looked at."""
        return bool(self._followed)

    def before(self, outputs: Any, place: int | None, *, retains: bool) -> None:
        """A backward is about to run; called for all that are looked at."""
        roots = [fn for fn in map(_root, outputs) if fn is not None]
        if self._softmax_looks < _SOFTMAX_LOOKS:
            self._softmax_looks += 1
            if any(_is_double_softmax(fn) for fn in roots):
                self.double_softmax_place = place
        if self._followed:
            self._compare(roots)
        if retains:
            self.retaining_place = place
            self.retained.measure(roots)
            if self._followed_count < _FOLLOWED:
                self._followed_count += 1
                self._follow(roots)

    def _follow(self, roots: list[Any]) -> None:
        numbers, complete = _numbers(roots)
        if complete:
            self._followed.append((numbers, _LATER))
        else:
            self.reused = True

    def _compare(self, roots: list[Any]) -> None:
        numbers, complete = _numbers(roots)
        if not complete or any(numbers & known for known, _left in self._followed):
            self.reused = True
        self._followed = [(known, left - 1) for known, left in self._followed if left > 1]


def _root(output: Any) -> Any:
    torch: Any = imported_torch()
    base = torch._C.TensorBase
    if issubclass(type(output), base):
        with Quiet(torch):
            return base.grad_fn.__get__(output)
    return output.node if home_of(type(output)).startswith("torch.autograd.") else None


def _numbers(roots: list[Any]) -> tuple[set[int], bool]:
    """Sequence numbers of all nodes below, and whether all were seen.

    A number is given once in a thread, when the forward makes the node; nodes that accumulate
    into leaves belong to no graph in particular and are left out.
    """
    numbers: set[int] = set()
    seen: set[Any] = set()
    stack = list(roots)
    while stack:
        if len(seen) > _MAX_NODES:
            return numbers, False
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        below = node.next_functions
        if below:
            numbers.add(node._sequence_nr())
            stack.extend(child for child, _index in below if child is not None)
    return numbers, True


def _is_double_softmax(root: Any) -> bool:
    """Whether a log-softmax close to the loss gets the output of a softmax.

    Also one in two steps, a logarithm of a softmax, as losses of libraries have it.
    """
    for node in _near(root):
        last = node if node.name() == "LogSoftmaxBackward0" else None
        if node.name() == "LogBackward0":
            inner = _below(node, _SHAPES | _STEADYING)
            last = inner if inner is not None and inner.name() == _SOFTMAX else None
        first = None if last is None else _below(last, _SHAPES)
        if first is not None and first.name() == _SOFTMAX:
            return True
    return False


def _below(node: Any, passing: frozenset[str]) -> Any:
    """What a node got, but for operations that only pass it on."""
    below = _first(node)
    while below is not None and below.name() in passing:
        below = _first(below)
    return below


def _near(root: Any) -> Iterator[Any]:
    level, left = [root], _SOFTMAX_NODES
    while level and left > 0:
        yield from level
        left -= len(level)
        level = [child for node in level for child, _index in node.next_functions if child]


def _first(node: Any) -> Any:
    below = node.next_functions
    return below[0][0] if below else None

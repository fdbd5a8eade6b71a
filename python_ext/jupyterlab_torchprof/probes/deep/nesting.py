"""Operators within each other, from PyTorch's flat events.

Equal, in names, calls and own time, to what ``key_averages()`` tells of the same events, at a
small part of what that costs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .flops import flops_of
from .inputs import WANTED, Inputs, Tensor, numbers_of

_BACKWARD, _ANNOTATION = 1, 7
"""Of ``at::RecordScope``: ``BACKWARD_FUNCTION`` and ``USER_SCOPE``."""
_CPU = 0
"""``at::DeviceType::CPU``."""
_MEMORY = "[memory]"
_LONG_NS = 20_000
_LOOKED_AT = 10_000
"""About so many short operators' shapes are read, which takes a few microseconds each."""
_MIXER = 2654435761


@dataclass(slots=True, eq=False)
class Operator:
    """One event on the host: an operator, a node of the backward, or an annotation."""

    name: str
    thread: int
    start_ns: int
    end_ns: int
    sequence: int
    """Number of the autograd node that it made or runs; below 0: none."""
    forward_thread: int
    is_backward: bool
    """It runs a node of autograd's."""
    is_annotation: bool
    """It is none itself, but a name that Python gave to a time."""
    flops: int | None
    """Floating-point operations, those of operators within it too; ``None``: not counted."""
    shapes: str = ""
    """Of what it got; empty where it is short, for they take a while to read."""
    likeness: int | None = None
    """The same for short ones of its name and shapes; ``None``: it was not looked at."""
    inputs: Inputs | None = None
    """What it got, of those that could be done in another way."""
    moved_bytes: int = 0
    """Of tensors that it read and wrote itself."""
    device: str = ""
    """Of the first tensor that it got; empty: none."""
    dtype: str = ""
    """Of its floating-point numbers; empty: none."""
    parent: Operator | None = None
    children: list[Operator] = field(default_factory=list)

    @property
    def total_ns(self) -> int:
        """Time from its beginning to its end."""
        return self.end_ns - self.start_ns

    @property
    def self_ns(self) -> int:
        """Time in which none of its children ran."""
        return self.total_ns - sum(child.total_ns for child in self.children)


def nested(
    events: Sequence[Any],
    tensors: Mapping[int, tuple[Tensor, ...]] | None = None,
    told: Callable[[list[Operator]], None] = lambda _operators: None,
) -> list[Operator]:
    """The host's events, by thread and time; each knows what it is in.

    ``tensors``: what some of them got, by their correlation. ``told`` gets all of them, those that
    become one with another among them.

    One that ends later than the event around it is no child of it. Where an operator has but one
    within it, of the same name, the two are one, as ``aten::sum`` that calls another form of it.
    """
    operators: list[Operator] = []
    each_of = 1 + len(events) // _LOOKED_AT
    for index, event in enumerate(events):
        name = _name_on_host(event)
        if not name:
            continue
        operator = _operator(event, name)
        # Mixed, so that no loop has a period that the looks could have, too.
        if operator.total_ns < _LONG_NS and (index * _MIXER >> 16) % each_of == 0:
            operator.likeness = hash((name, str(event.shapes())))
        given = tensors.get(event.correlation_id()) if tensors and name in WANTED else None
        if given:
            operator.inputs = Inputs(given, numbers_of(name, event))
        operators.append(operator)
    operators.sort(key=lambda each: (each.thread, each.start_ns, -each.end_ns))
    stack: list[Operator] = []
    for each in operators:
        while stack and (stack[-1].thread != each.thread or stack[-1].end_ns <= each.start_ns):
            stack.pop()
        if stack and each.end_ns <= stack[-1].end_ns:
            each.parent = stack[-1]
            stack[-1].children.append(each)
        stack.append(each)
    told(operators)
    return _without_twins(operators)


def is_outermost(operator: Operator) -> bool:
    """In no operator; an annotation around it, as of a step with a closure, is none."""
    around = operator.parent
    return around is None or (around.is_annotation and is_outermost(around))


def _without_twins(operators: list[Operator]) -> list[Operator]:
    left: list[Operator] = []
    for each in operators:
        around = each.parent
        if around is not None and around.children == [each] and around.name == each.name:
            # The outer one stands for both, and keeps what is within the inner.
            around.children = each.children
            around.moved_bytes += each.moved_bytes
            for child in each.children:
                child.parent = around
        else:
            left.append(each)
    return left


def _name_on_host(event: Any) -> str:
    """The name of what ran on the host; empty: it did not, or is none that has an end."""
    name: str = event.name()
    # The number of an enumeration's member costs less than its name, or to compare it.
    return "" if int(event.device_type()) != _CPU or event.is_async() or name == _MEMORY else name


def _operator(event: Any, name: str) -> Operator:
    start, scope = event.start_ns(), event.scope()
    taken = event.duration_ns()
    return Operator(
        name,
        event.start_thread_id(),
        start,
        start + taken,
        event.sequence_nr(),
        event.fwd_thread_id(),
        scope == _BACKWARD,
        scope == _ANNOTATION,
        flops_of(name, event),
        _shapes(event) if taken >= _LONG_NS else "",
    )


def _shapes(event: Any) -> str:
    shapes = event.shapes()
    return sys.intern(str(shapes)) if any(shapes) else ""

"""Calls of modules in the forward of a step, and the backwards through what they computed."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..belonging import Belongings
from ..marks import Marks
from ..nesting import Operator

Backward = tuple[int, int, int]
"""When the operator began that made a node of a backward's, and when that node began and ended."""


@dataclass(slots=True)
class Call:
    """One call of one module."""

    module: str
    """Its path from its root."""
    begin_ns: int
    end_ns: int
    forward_end_ns: int = 0
    """When the step's first backward began."""
    backward_ns: int = 0
    """When the backward through it began; zero: there was none."""
    backward_end_ns: int = 0


def backwards_of(operators: Sequence[Operator], belongings: Belongings) -> list[Backward]:
    """Of one piece, by when the forward's operator began."""
    found: list[Backward] = []
    for each in operators:
        maker = belongings.maker(each)
        if maker is not None:
            found.append((maker.start_ns, each.start_ns, each.end_ns))
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Modules:
    """What ran when, and which backward went through it."""

    marks: Marks[str | None]
    backwards: Sequence[Backward]


def calls_between(modules: Modules, begin_ns: int, end_ns: int) -> list[Call]:
    """The calls of a step that a backward went through; none where some ran in a backward.

    Those are checkpointed already.
    """
    within = [each for each in modules.backwards if begin_ns <= each[1] < end_ns]
    first_ns = min((began for _made, began, _ended in within), default=None)
    if first_ns is None:
        return []
    calls = _calls(modules.marks, begin_ns, end_ns)
    last_ns = max(ended for _made, _began, ended in within)
    if any(first_ns <= call.begin_ns < last_ns for call in calls):
        return []
    made = [each[0] for each in within]
    found: list[Call] = []
    for call in calls:
        own = within[bisect_right(made, call.begin_ns - 1) : bisect_right(made, call.end_ns)]
        if own and call.end_ns <= first_ns:
            call.forward_end_ns = first_ns
            call.backward_ns = min(began for _made, began, _ended in own)
            call.backward_end_ns = max(ended for _made, _began, ended in own)
            found.append(call)
    return found


def _calls(modules: Marks[str | None], begin_ns: int, end_ns: int) -> list[Call]:
    """From where a module or one within it runs to where another does."""
    found: list[Call] = []
    running: list[Call] = []
    called: set[str | None] = set()  # lists of modules are not
    for begin, end, name in modules.within(begin_ns, end_ns):
        called.add(name)
        while running and not _is_in(name, running[-1].module):
            running.pop()
        for path in _paths(name)[len(running) :]:
            running.append(Call(path, begin, end))
            found.append(running[-1])
        for call in running:
            call.end_ns = end
    return [call for call in found if call.module in called]


def _paths(name: str | None) -> list[str]:
    """Of a module and of those around it, the root first."""
    parts = name.split(".") if name else []
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


def _is_in(name: str | None, module: str) -> bool:
    return name is not None and f"{name}.".startswith(f"{module}.")


def groups_of(calls: Iterable[Call]) -> dict[str, list[Call]]:
    """Calls of modules beside each other, by what they are in."""
    groups: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        around, _dot, _name = call.module.rpartition(".")
        if around:
            groups[around].append(call)
    return dict(groups)

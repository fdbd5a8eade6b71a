"""Calls of modules in the forward of a step, and the backwards through what they computed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..belonging import Belongings
from ..marks import Marks
from ..nesting import Operator

_ANY = "*"
"""Instead of a number in a path."""
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
    """When the next backward began."""
    backward_ns: int = 0
    """When the backward through it began."""
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
    """The calls of a step that a backward went through, but for those that a backward makes."""
    within = [each for each in modules.backwards if begin_ns <= each[1] < end_ns]
    made = [each[0] for each in within]
    nodes = sorted((began, ended) for _made, began, ended in within)
    began = [each[0] for each in nodes]
    found: list[Call] = []
    for call in _calls(modules.marks, begin_ns, end_ns) if nodes else ():
        own = within[bisect_left(made, call.begin_ns) : bisect_left(made, call.end_ns)]
        last = bisect_right(began, call.begin_ns) - 1
        after = bisect_left(began, call.end_ns)
        if not own or after == len(began) or (last >= 0 and nodes[last][1] > call.begin_ns):
            continue
        call.forward_end_ns = began[after]
        call.backward_ns = min(each[1] for each in own)
        call.backward_end_ns = max(each[2] for each in own)
        if call.backward_ns >= call.end_ns:
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


def groups_of(calls: Iterable[Call]) -> list[list[Call]]:
    """Calls of modules beside each other, and of those at the same place of numbered ones."""
    beside: defaultdict[str, list[Call]] = defaultdict(list)
    alike: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        around, _dot, name = call.module.rpartition(".")
        if around:
            beside[around].append(call)
            places = [_ANY if part.isdecimal() else part for part in around.split(".")]
            if _ANY in places:
                alike[".".join([*places, name])].append(call)
    return [*beside.values(), *alike.values()]

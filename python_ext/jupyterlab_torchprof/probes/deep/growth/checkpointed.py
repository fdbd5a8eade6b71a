"""The blocks of a step as they would live if calls of modules were checkpointed.

A call keeps what it got and what others read of what it gave. What only its own backward reads is
given back when the call ends, and made again, with all that its forward needs meanwhile, right
before that backward begins. So it takes more time, by which all that follows is put off.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from .calls import Call
from .lives import BEFORE, NEVER, Life
from .moments import Part

_Lives = Sequence[tuple[Life, Part]]


class Times:
    """Moments of a step that forwards which run again make longer."""

    def __init__(self, calls: Iterable[Call]) -> None:
        """Before the backward of each call its forward runs again."""
        self._calls = sorted(calls, key=lambda call: call.backward_ns)
        self._starts = [call.backward_ns for call in self._calls]
        self._added = [0]
        for call in self._calls:
            self._added.append(self._added[-1] + call.end_ns - call.begin_ns)

    def later(self, at_ns: int) -> int:
        """When that is which was at a time."""
        if at_ns in (BEFORE, NEVER):
            return at_ns
        return at_ns + self._added[bisect_right(self._starts, at_ns)]

    def again(self, call: Call, at_ns: int) -> int:
        """When that comes again which was at a time within a call."""
        before = self._added[bisect_right(self._starts, call.backward_ns) - 1]
        return call.backward_ns + before + at_ns - call.begin_ns

    def was(self, at_ns: int) -> int:
        """What was at a time of the longer step: of a forward that runs again its backward."""
        for index in reversed(range(len(self._calls))):
            start = self._starts[index]
            if at_ns >= start + self._added[index]:
                return max(start, at_ns - self._added[index + 1])
        return at_ns


def checkpointed(
    lives: _Lives, calls: Sequence[Call], *, held: bool
) -> tuple[list[tuple[Life, Part]], Times]:
    """The lives of a step's blocks with calls that run one after the other checkpointed.

    ``held``: variables hold until a call ends what it makes for its backward; else nothing does
    once no operator of the forward wants it.
    """
    times = Times(calls)
    ordered = sorted(calls, key=lambda call: call.begin_ns)
    begins = [call.begin_ns for call in ordered]
    stops = [call.begin_ns for call in ordered]
    makers: list[int] = []
    for life, _part in lives:
        index = bisect_right(begins, life.born_ns) - 1
        makers.append(index if index >= 0 and life.born_ns < ordered[index].end_ns else -1)
        if makers[-1] >= 0 and _is_own(life, ordered[index]):
            stops[index] = max(stops[index], life.born_ns)
    found: list[tuple[Life, Part]] = []
    for (life, part), index in zip(lives, makers, strict=True):
        if index < 0 or not _is_made_again(life, ordered[index], stops[index]):
            found.append((_given(life, ordered, begins, times), part))
            continue
        call = ordered[index]
        found.append((_first(life, call, times, held=held), part))
        again_ns = times.again(call, life.born_ns)
        died_ns = life.died_ns
        is_short = died_ns <= call.end_ns
        ends_ns = times.again(call, died_ns) if is_short else times.later(died_ns)
        found.append((_from(life, again_ns, ends_ns), part))
    return found, times


def saved_bytes(lives: Iterable[Life], call: Call) -> int:
    """Of what a call made, that which is given back at its end if it is checkpointed."""
    return sum(
        life.size
        for life in lives
        if _is_own(life, call) and not _is_used(life, call.end_ns, call.forward_end_ns)
    )


def _given(life: Life, calls: Sequence[Call], begins: Sequence[int], times: Times) -> Life:
    """What a call takes stays until its backward is over."""
    died_ns = life.died_ns
    for use in life.seen.uses if life.seen is not None and died_ns != NEVER else ():
        call = calls[max(0, bisect_right(begins, use) - 1)]
        if life.born_ns <= call.begin_ns <= use < call.end_ns:
            died_ns = max(died_ns, call.backward_end_ns)
    return _from(life, times.later(life.born_ns), times.later(died_ns))


def _is_made_again(life: Life, call: Call, stop_ns: int) -> bool:
    """Whether a call's second forward, up to the last that the backward wants, makes it, too."""
    if life.died_ns <= call.end_ns:
        return life.born_ns <= stop_ns
    return _is_own(life, call)


def _first(life: Life, call: Call, times: Times, *, held: bool) -> Life:
    """As the forward makes it, without what the backward would keep."""
    born_ns, died_ns = times.later(life.born_ns), life.died_ns
    if died_ns <= call.end_ns:
        return _from(life, born_ns, times.later(died_ns))
    if _is_used(life, call.end_ns, call.forward_end_ns):  # their backwards come before
        return _from(life, born_ns, times.again(call, call.begin_ns))
    uses = life.seen.uses if life.seen is not None else ()
    last_ns = max((each for each in uses if each < call.end_ns), default=call.end_ns)
    return _from(life, born_ns, times.later(call.end_ns if held else last_ns))


def _is_own(life: Life, call: Call) -> bool:
    """Whether the backward through a call reads what it made."""
    stays = life.died_ns > call.backward_ns
    return stays and _is_used(life, call.backward_ns, call.backward_end_ns)


def _is_used(life: Life, begin_ns: int, end_ns: int) -> bool:
    """Whether an operator got it in a span of time."""
    uses = life.seen.uses if life.seen is not None else ()
    return any(begin_ns <= each < end_ns for each in uses)


def _from(life: Life, born_ns: int, died_ns: int) -> Life:
    return replace(life, born_ns=born_ns, died_ns=died_ns)

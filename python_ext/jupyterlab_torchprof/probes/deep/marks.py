"""What ran when on one thread, and a way to ask for a moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Generic, TypeVar

_What = TypeVar("_What")


class Marks(Generic[_What]):
    """From each time on there is something, until the next."""

    def __init__(
        self, times_ns: Sequence[int], whats: Sequence[_What], begins: Sequence[int] = ()
    ) -> None:
        """Times grow; ``whats`` has one entry for each.

        So has ``begins``, where it is known: whether it began then, and did not go on.
        """
        self._times = times_ns
        self._whats = whats
        self._begins = begins

    def at(self, time_ns: int) -> _What | None:
        """What there was; ``None``: before the first."""
        index = bisect_right(self._times, time_ns) - 1
        return None if index < 0 else self._whats[index]

    def beginnings(self, begin_ns: int, end_ns: int) -> Counter[_What]:
        """What began within a span of time, and how often."""
        first, end = bisect_left(self._times, begin_ns), bisect_left(self._times, end_ns)
        return Counter(compress(self._whats[first:end], self._begins[first:end]))

    def within(self, begin_ns: int, end_ns: int) -> Iterator[tuple[int, int, _What]]:
        """Begin, end and what, cut to a span of time."""
        index = max(bisect_right(self._times, begin_ns) - 1, 0)
        while index < len(self._times) and self._times[index] < end_ns:
            begin = max(self._times[index], begin_ns)
            after = self._times[index + 1] if index + 1 < len(self._times) else end_ns
            end = min(after, end_ns)
            if end > begin:
                yield begin, end, self._whats[index]
            index += 1


def merged(marks: Marks[_What | None], whole: tuple[int, int]) -> Iterator[tuple[int, int, _What]]:
    """What there was, where the same follows itself as one."""
    begin_ns, end_ns = 0, -1
    before: _What | None = None
    for begin, end, what in marks.within(*whole):
        if what == before and begin == end_ns:
            end_ns = end
            continue
        if before is not None:
            yield begin_ns, end_ns, before
        begin_ns, end_ns, before = begin, end, what
    if before is not None:
        yield begin_ns, end_ns, before

"""What one `DataLoader` did during a cell, counted as batches go by."""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

from ...record import DataLoading
from .counters import Counts
from .orders import Order
from .work import WorkOnBatches

_KEPT = 1000
"""The last waits, which quantiles are taken from."""
SLOW_S = 0.001
"""A wait that is long enough for a closer look at the next."""
_REMEMBERED = 4
"""Loaders of one kind, the last ones, of which one may have a name."""
_FEW = 4
"""Batches at first that are looked at closely in any case, and passes of one kind."""


class Pass:
    """One iterator over a loader. Its fields are counted by the hook itself, for speed."""

    __slots__ = ("batches", "began", "closely", "ended", "first_s", "wait_s", "waits", "work")

    def __init__(self, waits: deque[float]) -> None:
        """``waits`` gets the waits, first ones left out."""
        self.waits = waits
        self.batches = 0
        self.wait_s = 0.0
        self.first_s = 0.0
        self.began = 0.0
        """When the first batch was asked for, and when the last arrived."""
        self.ended = 0.0
        self.work: tuple[int, int, int] | None = None
        """What had been done when the last batch was given, if that is looked at."""
        self.closely = True
        """The next wait is worth reading counters for."""

    def took(self, began: float, ended: float) -> None:
        """A batch that was looked at closely has arrived."""
        seconds = ended - began
        if self.batches == 0:
            self.began, self.first_s = began, seconds
        else:
            self.waits.append(seconds)
        self.batches += 1
        self.wait_s += seconds
        self.ended = ended
        self.closely = self.batches < _FEW or seconds > SLOW_S


class LoaderStats:
    """Of one loader, or of those of one kind. Holds them weakly."""

    def __init__(self, loader: Any, facts: DataLoading) -> None:
        """``facts``: what is known of the loader before it ran."""
        self._loaders = deque([weakref.ref(loader)], maxlen=_REMEMBERED)
        self.facts = facts
        self.work = WorkOnBatches()
        self._waits: deque[float] = deque(maxlen=_KEPT)
        self._passes: list[Pass] = []
        self._order: Order | None = None
        self._looked_s = 0.0
        self._cpu_s = 0.0
        self._delayed_s = 0.0
        self._delay_s: float | None = None
        self._read: int | None = None

    def add(self, loader: Any) -> None:
        """Another loader of this kind."""
        self._loaders.append(weakref.ref(loader))
        self.facts.loaders += 1

    def alive(self) -> list[Any]:
        """The last loaders, as far as they are still there, the newest first."""
        loaders = (reference() for reference in reversed(self._loaders))
        return [loader for loader in loaders if loader is not None]

    def is_alive(self) -> bool:
        """Whether one of the last loaders is still there."""
        return bool(self.alive())

    def begin_pass(self, startup_s: float, order: Order | None) -> Pass:
        """Another iterator was made, over batches in this ``order``, where that is known."""
        self.facts.startup_s += startup_s
        self.facts.repeated_orders += order is not None and order == self._order
        self._order = order
        one = Pass(self._waits)
        self._passes.append(one)
        return one

    def is_to_learn(self) -> bool:
        """What the pass that has just begun is for is not known yet, and worth asking."""
        return len(self._passes) <= _FEW and self.work.role() is None

    def looked(self, seconds: float, before: Counts, after: Counts) -> None:
        """One wait was looked at closely."""
        self._looked_s += seconds
        self._cpu_s += after.cpu_s - before.cpu_s
        if before.delay_s is not None and after.delay_s is not None:
            self._delayed_s += seconds
            self._delay_s = (self._delay_s or 0.0) + after.delay_s - before.delay_s
        if before.read_bytes is not None and after.read_bytes is not None:
            self._read = (self._read or 0) + after.read_bytes - before.read_bytes

    def result(self) -> DataLoading:
        """The facts when the cell has ended."""
        facts, passes = self.facts, self._passes
        facts.iterators = len(passes)
        facts.batches = sum(one.batches for one in passes)
        facts.wait_s = sum(one.wait_s for one in passes)
        facts.first_wait_s = sum(one.first_s for one in passes)
        # The work on the last batch is not in it: nobody tells when that ends.
        facts.loop_s = sum(one.ended - one.began for one in passes)
        waits = sorted(self._waits)
        if waits:
            facts.wait_p50_s = waits[len(waits) // 2]
            facts.wait_p95_s = waits[min(len(waits) - 1, int(len(waits) * 0.95))]
        # Of the waits that were not looked at, as of those that were.
        if self._looked_s:
            facts.wait_cpu_s = self._cpu_s / self._looked_s * facts.wait_s
        if self._delay_s is not None and self._delayed_s:
            share = min(1.0, self._delay_s / self._delayed_s)
            facts.wait_delay_s = share * facts.wait_s
        facts.read_bytes = self._read
        facts.role = self.work.role()
        return facts

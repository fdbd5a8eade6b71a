"""Counts at which places and in which phases a cell was met, and how memory grew between looks."""

from __future__ import annotations

import sys

from ..record import Sample
from .base import CellRun
from .phases.looks import PhaseLooks
from .places.tree import Step

_MOST_NOTICED = 100


class Stacks:
    """What the sampling thread sees of one run's stack."""

    def __init__(self, run: CellRun) -> None:
        """Nothing has been seen."""
        self.seen = 0
        """Looks."""
        self.phases = PhaseLooks(run.places)
        self._run, self._places = run, run.places
        self._last: tuple[int, Sample] | None = None
        self._met: set[tuple[object, ...]] = set()
        """The functions of the user's, and lines of the cell, at which it was met."""

    def look(self, thread: int, *, counts: bool = True) -> int | None:
        """Find, and count, the place where the thread is; ``None``: at none, or held up by us."""
        if self._run.is_held_up:
            return None
        met: list[Step] = []
        frame = sys._current_frames().get(thread)
        place = self._places.find(frame, own_thread=True, met=met)
        del frame  # it would keep the cell's variables alive
        if place is not None:
            self._notice(place)
        if not counts:
            return place
        self.seen += 1
        self.phases.count(met, place)
        if place is not None:
            self._places.nodes[place].samples += 1
        return place

    def _notice(self, place: int) -> None:
        """What runs there for the first time, as the loop that comes after another, is watched."""
        node = self._places.nodes[place]
        line = node.line if node.function is None else None
        key = (node.source_hash, node.path, node.package, node.function, line)
        if key not in self._met and len(self._met) < _MOST_NOTICED:
            self._met.add(key)
            if self._run.watch_forward is not None:
                self._run.watch_forward()

    def grew(self, place: int | None, sample: Sample) -> None:
        """Memory was sampled there: what it grew by is of the innermost node around both."""
        shared = None if self._last is None else self._places.shared(self._last[0], place)
        if shared is not None and self._last is not None:
            node, before = self._places.nodes[shared], self._last[1]
            # While operators are recorded, what the host grows by is the recording.
            if sample.host_bytes and before.host_bytes and self._run.deep is None:
                node.host_growth_bytes += sample.host_bytes - before.host_bytes
            for device, allocated in sample.devices.items():
                growth = allocated - before.devices.get(device, allocated)
                if growth:
                    grown = node.device_growth_bytes
                    grown[device] = grown.get(device, 0) + growth
        self._last = None if place is None else (place, sample)

"""What one evaluation of a library's gathers on devices while it goes on."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ...record import Evaluation
from ..device_memory import PeakTracker
from ..devices import Devices
from ..objects.kinds import attributes_of
from ..objects.paths import variable
from ..objects.tensors import Tensors
from ..objects.walk import Bounds, walk

_LOOK_S = 0.005
_LOOKS = 8
"""At containers that are emptied, four each time: where that is done after each few batches, the
first times show what there is."""


class Gathering:
    """Counts of one evaluation. Holds the library's containers weakly, and no tensor."""

    def __init__(self, tensors: Tensors, devices: Devices, setting: int | None) -> None:
        """``setting``: batches after which the library takes outputs to the host."""
        self._tensors = tensors
        self._devices = devices
        self._setting = setting
        self._peaks = {name: PeakTracker(devices.use(name)) for name in devices.names()}
        self._containers: dict[int, weakref.ref[Any]] = {}
        self._batches: dict[int, int] = {}
        """By the container's id: so many have come since it was emptied."""
        self._taken: dict[int, Counter[str]] = {}
        """Bytes by device, of containers that the library has emptied one after the other."""
        self._highest: dict[str, int] = {}
        """What was allocated on each device before the first of these was emptied."""
        self._most: dict[str, Evaluation] = {}
        self._looks = 0

    def added(self, container: Any) -> None:
        """A batch's outputs are about to be put into one of the containers."""
        key = id(container)
        batches = self._batches.get(key)
        if batches is None:
            self._containers[key] = weakref.ref(container)
            batches = 0
        self._batches[key] = batches + 1

    def taken(self, container: Any) -> None:
        """A container is about to be emptied into the host's memory."""
        if id(container) in self._taken:  # the last of them has been, and it is its turn again
            self._next_turn()
        self._looks += 1
        if self._looks <= _LOOKS:
            self._look([container], failed=False)
        self._batches[id(container)] = 0

    def result(self, *, failed: bool) -> list[Evaluation]:
        """What was gathered, by device; of what failed also what it had gathered until then."""
        for name, peak in self._peaks.items():
            peak.read(self._devices.use(name))
        if failed:
            self._next_turn()
            alive = (reference() for reference in self._containers.values())
            self._look([each for each in alive if each is not None], failed=True)
        for name, found in self._most.items():
            found.peak_bytes = self._peaks[name].reached
        return list(self._most.values())

    def _next_turn(self) -> None:
        self._taken.clear()
        self._highest.clear()

    def _look(self, containers: Iterable[Any], *, failed: bool) -> None:
        """Add what these have to what lay there at the same time, and keep the most."""
        joined, batches = True, 0
        for container in containers:
            own = attributes_of(container)
            joined = own.get("do_nested_concat") is not False
            self._taken[id(container)] = self._sizes(own.get("tensors"))
            batches = max(batches, self._batches.get(id(container), 0))
        together = sum(self._taken.values(), Counter[str]())
        for device, size in together.items():
            known, peak = self._most.get(device), self._peaks.get(device)
            if peak is None or (known is not None and size <= known.gathered_bytes):
                continue
            use = self._devices.use(device)
            peak.read(use)
            allocated = max(use.allocated, self._highest.get(device, 0))
            self._highest[device] = allocated
            self._most[device] = Evaluation(
                library="transformers",
                device=device,
                calls=1,
                gathered_bytes=size,
                batches=batches,
                allocated_bytes=allocated,
                joined=joined,
                host_each=self._setting,
                failed=failed,
                peak_bytes=peak.reached,
            )

    def _sizes(self, gathered: Any) -> Counter[str]:
        """Bytes by device, each storage once."""
        read, sizes, counted = self._tensors, Counter[str](), set[int]()
        with read.quiet():
            if gathered is None or not read.of_interest([("gathered", gathered)]):
                return sizes
            found = walk(read, [(gathered, variable("gathered"))], Bounds(seconds=_LOOK_S))
            for tensor, _trail in found.tensors:
                storage = read.storage(tensor)
                if storage is not None and storage[0] not in counted:
                    counted.add(storage[0])
                    sizes[read.device_name(tensor)] += storage[1]
        return sizes

"""Memory of each accelerator: before, after, and the cell's peak without touching any counter.

PyTorch's allocator keeps a running maximum for the whole program. If it rose during the cell it
is the cell's peak, exactly. If not, the cell stayed below, and the peak is the highest of what
was seen: before, after and the samples.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable
from typing import Any, ClassVar

from ..health import Health
from ..patches import Patches
from ..record import CellRecord, MemoryEntry
from .base import CellRun, Probe
from .devices import Devices, DeviceUse

_RESETS = ("_accelerator_resetPeakStats", "_cuda_resetPeakMemoryStats", "_xpu_resetPeakMemoryStats")
"""Functions of `torch._C` below the public ``reset_peak_memory_stats``, under whatever name the
program imported it."""


_ASK_EACH = 5
"""Samples from one question for the utilisation to the next."""
_ASKED_LEAST = 3
"""Answers below which a mean would say little of a cell."""


class PeakTracker:
    """What is certain of the peak: at least `reached`, at most `possible` bytes."""

    def __init__(self, before: DeviceUse) -> None:
        """``before``: the counters when the cell began."""
        self.before = before
        self.reached = before.allocated
        self.possible: float = before.allocated
        self._maximum = before.peak

    def read(self, use: DeviceUse) -> None:
        """The counters at the end, or right before the program sets the maximum back."""
        self.reached = max(self.reached, use.allocated)
        if use.peak is None or self._maximum is None:
            self.possible = math.inf
        elif use.peak > self._maximum:
            self.reached = max(self.reached, use.peak)
            self.possible = max(self.possible, self.reached)
        elif use.peak == self._maximum:
            self.possible = max(self.possible, use.peak)
        else:  # set back behind our back: what came before that is unknown
            self.reached = max(self.reached, use.peak)
            self.possible = math.inf

    def restart(self, use: DeviceUse) -> None:
        """The counters right after the program has set the maximum back."""
        self._maximum = use.peak
        self.reached = max(self.reached, use.allocated)
        self.possible = max(self.possible, self.reached)

    def entry(
        self, device: str, after: DeviceUse, sampled: int, total: int | None, others: int | None
    ) -> MemoryEntry:
        """The device's entry; ``sampled``: the highest that the sampling thread saw."""
        self.read(after)
        peak = max(self.reached, sampled)
        return MemoryEntry(
            device=device,
            allocated_before_bytes=self.before.allocated,
            allocated_after_bytes=after.allocated,
            peak_bytes=peak,
            peak_is="exact" if peak >= self.possible else "sampled",
            reserved_before_bytes=self.before.reserved,
            reserved_after_bytes=after.reserved,
            total_bytes=total,
            other_processes_bytes=others,
        )


class DeviceMemoryProbe(Probe):
    """Writes one memory entry for each device that the program has initialised."""

    name: ClassVar[str] = "device memory"
    needs_torch: ClassVar[bool] = True

    def __init__(self, health: Health, devices: Devices) -> None:
        """``devices`` is shared with the sampler."""
        super().__init__(health)
        self._devices = devices
        self._peaks: dict[str, PeakTracker] | None = None
        self._busy: dict[str, list[float]] = {}
        self._ticks = 0

    def attach(self, patches: Patches) -> None:
        """Take note when the program sets a maximum back."""
        torch_c = sys.modules["torch"]._C
        for name in _RESETS:
            if hasattr(torch_c, name):
                patches.wrap(torch_c, name, self._noting)

    def begin(self, run: CellRun) -> None:
        """Read the counters."""
        self._devices.refresh()
        names = self._devices.names()
        self._peaks = {name: PeakTracker(self._devices.use(name)) for name in names}
        self._busy, self._ticks = {}, 0
        run.ticks.append(lambda: self._tick(run.busy))

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Write the entries, after the host's."""
        peaks, self._peaks = self._peaks or {}, None
        self._devices.refresh()
        for name in self._devices.names():
            # A device that was initialised during the cell began with nothing.
            peak = peaks.get(name) or PeakTracker(DeviceUse(0, 0, 0))
            entry = peak.entry(
                name,
                self._devices.use(name),
                run.sampled_peaks.get(name, 0),
                self._devices.total_bytes(name),
                self._devices.other_processes_bytes(name),
            )
            entry.utilisation = self._utilisation(name)
            record.memory.append(entry)

    def _tick(self, busy: dict[str, float]) -> None:
        """On the sampling thread: the driver is asked now and then, for it takes its time."""
        self._ticks += 1
        if self._ticks % _ASK_EACH == 0:
            with self.health.guard(self.name):
                for name in self._devices.names():
                    share = self._devices.utilisation(name)
                    if share is not None:
                        self._busy.setdefault(name, []).append(share)
                        busy[name] = share

    def _utilisation(self, name: str) -> float | None:
        asked = self._busy.get(name, [])
        return sum(asked) / len(asked) if len(asked) >= _ASKED_LEAST else None

    def _noting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def reset(*args: Any, **kwargs: Any) -> Any:
            with self.health.guard(self.name):
                for name, peak in list((self._peaks or {}).items()):
                    peak.read(self._devices.use(name))
            result = original(*args, **kwargs)
            with self.health.guard(self.name):
                for name, peak in list((self._peaks or {}).items()):
                    peak.restart(self._devices.use(name))
            return result

        return reset

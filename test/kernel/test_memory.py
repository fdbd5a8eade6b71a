"""Peaks: when they are exact, and when they only look so."""

from __future__ import annotations

import mmap
import sys

import pytest
from hand_made import a_record
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.patches import Patches
from jupyterlab_torchprof.probes.base import CellRun
from jupyterlab_torchprof.probes.device_memory import DeviceMemoryProbe, PeakTracker
from jupyterlab_torchprof.probes.devices import DeviceUse
from jupyterlab_torchprof.probes.host_memory import HighWater, HostMemoryProbe
from jupyterlab_torchprof.probes.lines import CellCode
from jupyterlab_torchprof.record import Device

MIB = 1 << 20


def a_run() -> CellRun:
    return CellRun("r", None, None, "", {}, CellCode("", {}))


class Allocator:
    """PyTorch's counters of one device: what is allocated, and a running maximum."""

    def __init__(self, allocated: int = 0, maximum: int | None = None) -> None:
        self.allocated = allocated
        self.maximum = allocated if maximum is None else maximum

    def become(self, *sizes: int) -> None:
        for size in sizes:
            self.allocated = size
            self.maximum = max(self.maximum, size)

    def reset(self) -> None:
        self.maximum = self.allocated

    @property
    def use(self) -> DeviceUse:
        return DeviceUse(self.allocated, self.allocated, self.maximum)


def finish(tracker: PeakTracker, allocator: Allocator, sampled: int = 0) -> tuple[int, str]:
    entry = tracker.entry("sim:0", allocator.use, sampled, None, None)
    return entry.peak_bytes, entry.peak_is


def test_the_maximum_rose():
    allocator = Allocator(100, maximum=200)
    tracker = PeakTracker(allocator.use)
    allocator.become(500, 50)
    assert finish(tracker, allocator) == (500, "exact")


def test_the_maximum_is_of_an_earlier_cell():
    allocator = Allocator(100, maximum=1000)
    tracker = PeakTracker(allocator.use)
    allocator.become(500, 50)
    assert finish(tracker, allocator, sampled=300) == (300, "sampled")


def test_the_cell_began_at_the_maximum():
    allocator = Allocator(100, maximum=100)
    tracker = PeakTracker(allocator.use)
    allocator.become(100, 50)
    assert finish(tracker, allocator) == (100, "exact")


def test_a_sample_found_the_old_maximum_again():
    allocator = Allocator(100, maximum=500)
    tracker = PeakTracker(allocator.use)
    allocator.become(500, 50)
    assert finish(tracker, allocator, sampled=500) == (500, "exact")


def test_a_reset_that_nobody_told_of():
    allocator = Allocator(100, maximum=1000)
    tracker = PeakTracker(allocator.use)
    allocator.reset()
    allocator.become(300, 50)
    assert finish(tracker, allocator) == (300, "sampled")


def test_a_reset_after_the_peak():
    allocator = Allocator(100, maximum=200)
    tracker = PeakTracker(allocator.use)
    allocator.become(900, 50)
    tracker.read(allocator.use)
    allocator.reset()
    tracker.restart(allocator.use)
    allocator.become(300, 50)
    assert finish(tracker, allocator) == (900, "exact")


def test_a_reset_after_a_peak_that_may_be_hidden():
    allocator = Allocator(100, maximum=1000)
    tracker = PeakTracker(allocator.use)
    allocator.become(900, 50)
    tracker.read(allocator.use)
    allocator.reset()
    tracker.restart(allocator.use)
    allocator.become(300, 50)
    assert finish(tracker, allocator) == (300, "sampled")


def test_a_peak_above_all_that_may_be_hidden():
    allocator = Allocator(100, maximum=1000)
    tracker = PeakTracker(allocator.use)
    tracker.read(allocator.use)
    allocator.reset()
    tracker.restart(allocator.use)
    allocator.become(2000, 50)
    assert finish(tracker, allocator) == (2000, "exact")


def test_a_backend_without_a_maximum():
    tracker = PeakTracker(DeviceUse(100, None, None))
    entry = tracker.entry("mps:0", DeviceUse(50, None, None), 400, None, None)
    assert (entry.peak_bytes, entry.peak_is) == (400, "sampled")


class OneDevice:
    """Stands for `Devices` with one device."""

    def __init__(self, allocator: Allocator) -> None:
        self.allocator = allocator
        self.there = True

    def refresh(self) -> None: ...

    def names(self) -> list[str]:
        return ["sim:0"] if self.there else []

    def describe(self) -> list[Device]:
        return []

    def total_bytes(self, name: str) -> int | None:
        return 10_000

    def use(self, name: str) -> DeviceUse:
        return self.allocator.use

    def other_processes_bytes(self, name: str) -> int | None:
        return None


def test_the_programs_own_reset_is_noticed_and_done(monkeypatch):
    allocator = Allocator(100, maximum=200)

    class C:
        @staticmethod
        def _accelerator_resetPeakStats(index: int) -> str:
            allocator.reset()
            return f"reset {index}"

    class Torch:
        _C = C

    monkeypatch.setitem(sys.modules, "torch", Torch)
    original = C.__dict__["_accelerator_resetPeakStats"]
    health, patches = Health(), Patches()
    probe = DeviceMemoryProbe(health, OneDevice(allocator))
    probe.attach(patches)
    probe.begin(a_run())
    allocator.become(900, 50)
    assert C._accelerator_resetPeakStats(0) == "reset 0"
    allocator.become(300)
    record = a_record()
    probe.end(a_run(), record)
    assert (record.memory[0].peak_bytes, record.memory[0].peak_is) == (900, "exact")
    assert allocator.maximum == 300, "the program's reset is as it was"
    patches.restore()
    assert C.__dict__["_accelerator_resetPeakStats"] is original
    assert not health.entries()


def test_a_device_that_the_cell_initialised_began_with_nothing():
    devices = OneDevice(Allocator())
    devices.there = False
    probe = DeviceMemoryProbe(Health(), devices)
    probe.begin(a_run())
    devices.there = True
    devices.allocator.become(700, 400)
    record = a_record()
    probe.end(a_run(), record)
    entry = record.memory[0]
    assert (entry.allocated_before_bytes, entry.peak_bytes, entry.peak_is) == (0, 700, "exact")


def take_and_give_back(size: int) -> None:
    """Of the system itself: what the C library gives may lie in what was freed before."""
    with mmap.mmap(-1, size) as block:
        block[::4096] = bytes(size // 4096)


linux = pytest.mark.skipif(sys.platform != "linux", reason="the mark is Linux's")


@linux
def test_the_hosts_peak_is_exact():
    probe, record, run = HostMemoryProbe(Health()), a_record(), a_run()
    probe.begin(run)
    take_and_give_back(128 * MIB)
    probe.end(run, record)
    (entry,) = record.memory
    assert entry.peak_is == "exact"
    assert entry.peak_bytes - entry.allocated_before_bytes > 120 * MIB
    assert entry.total_bytes and entry.total_bytes > entry.peak_bytes


@linux
def test_a_measurement_inside_another_does_not_lose_its_peak():
    outer, inner = HostMemoryProbe(Health()), HostMemoryProbe(Health())
    records = a_record(), a_record()
    outer.begin(a_run())
    take_and_give_back(128 * MIB)
    inner.begin(a_run())
    inner.end(a_run(), records[1])
    outer.end(a_run(), records[0])
    peaks = [record.memory[0].peak_bytes for record in records]
    assert peaks[0] - records[0].memory[0].allocated_before_bytes > 120 * MIB
    assert peaks[0] - peaks[1] > 100 * MIB


def test_where_the_mark_is_denied_the_peak_is_sampled(tmp_path):
    high_water = HighWater(str(tmp_path / "missing" / "clear_refs"), "/proc/self/status")
    probe, record, run = HostMemoryProbe(Health(), high_water), a_record(), a_run()
    probe.begin(run)
    run.sampled_peaks["host"] = 1 << 50
    probe.end(run, record)
    assert record.memory[0].peak_is == "sampled"
    assert record.memory[0].peak_bytes == 1 << 50


def test_a_mark_that_cannot_be_read_leaves_the_samples(tmp_path):
    clear = tmp_path / "clear_refs"
    clear.touch()
    probe = HostMemoryProbe(Health(), HighWater(str(clear), str(tmp_path / "missing")))
    run, record = a_run(), a_record()
    probe.begin(run)
    run.sampled_peaks["host"] = 1 << 50
    probe.end(run, record)
    assert (record.memory[0].peak_bytes, record.memory[0].peak_is) == (1 << 50, "sampled")

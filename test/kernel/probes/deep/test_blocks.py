"""What stood at the peak of a window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_torchprof.probes.deep.allocations import Allocation
from jupyterlab_torchprof.probes.deep.blocks import peaks


def event(at: int, pointer: int, size: int, device: str = "cpu") -> Allocation:
    """An allocation, or the end of one."""
    return Allocation(device, at, pointer, size)


def test_what_stood_at_the_peak():
    roots = [
        event(1, 10, 100),
        event(2, 20, 50),
        event(3, 10, -100),
        event(4, 10, 30),
        event(5, 30, 40),
        event(6, 20, -50),
        event(7, 70, -8),  # of before
        event(8, 80, 5, "cuda:0"),
    ]
    host, device = peaks(roots, 0, 100)
    assert (host.device, host.nbytes, host.at_ns, host.end_nbytes) == ("cpu", 150, 2, 62)
    assert host.blocks == [(1, 100), (2, 50)]
    assert (device.device, device.nbytes, device.blocks) == ("cuda:0", 5, [(8, 5)])


def test_what_is_not_within_the_window_does_not_count():
    roots = [event(1, 10, 100), event(5, 20, 7), event(9, 30, 1000)]
    (host,) = peaks(roots, 2, 9)
    assert (host.nbytes, host.blocks) == (7, [(5, 7)])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9), st.booleans()), max_size=40))
def test_blocks_of_the_peak_are_its_bytes(steps):
    living: dict[int, int] = {}
    roots, now, most = [], 0, 0
    for at, (pointer, size, frees) in enumerate(steps):
        if pointer in living:
            freed = living.pop(pointer)
            roots.append(event(at, pointer, -freed))
            now -= freed
        elif not frees:
            living[pointer] = size
            roots.append(event(at, pointer, size))
            now += size
        most = max(most, now)
    found = peaks(roots, 0, 1000)
    assert sum(peak.nbytes for peak in found) == most
    assert sum(size for peak in found for _at, size in peak.blocks) == most
    assert sum(peak.end_nbytes for peak in found) == now

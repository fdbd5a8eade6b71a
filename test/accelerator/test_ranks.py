"""Processes that compute on a device each: the bytes of each are its own."""

from __future__ import annotations

import pytest

MIB = 1 << 20
WORK = """
import time
import torch.multiprocessing as mp

def work(number, devices, die):
    torch.set_num_threads(1)
    kept = torch.empty((number + 1) << 20, device=devices[number])
    more = torch.empty(8 << 20, device=devices[number])
    time.sleep(0.4)
    del more
    if die and number:
        torch.empty(1 << 50, device=devices[number])
"""


@pytest.fixture
def forking(notebook, device):
    if device.startswith("cuda"):
        pytest.skip("CUDA cannot be used in a process that was forked after its start")
    notebook.ok(WORK)
    return notebook


def start(*devices: str, die: bool = False) -> str:
    return f"mp.start_processes(work, ({list(devices)!r}, {die}), nprocs=2, start_method='fork')"


def peaks(record) -> list[dict[str, int]]:
    """Of each process by device, beyond what was there when it began."""
    return [
        {
            entry.device: entry.peak_bytes - entry.allocated_before_bytes
            for entry in run.record.memory
            if entry.device != "host" and entry.peak_bytes > entry.allocated_before_bytes
        }
        for run in record.ranks
    ]


def test_each_process_has_the_bytes_of_its_own_device(forking, device, second_device):
    record = forking.ok(start(device, second_device))
    assert peaks(record) == [{device: 36 * MIB}, {second_device: 40 * MIB}]


def test_two_processes_on_one_device_are_told_apart(forking, device):
    record = forking.ok(start(device, device))
    assert peaks(record) == [{device: 36 * MIB}, {device: 40 * MIB}]


def test_of_one_that_ran_out_of_memory_the_others_are_known_too(forking, device, second_device):
    record = forking.run(start(device, second_device, die=True))
    assert forking.error is not None
    failed = record.ranks[1]
    assert failed.exit == "error"
    assert "OutOfMemoryError" in failed.record.error.name
    assert peaks(record)[1] == {second_device: 40 * MIB}

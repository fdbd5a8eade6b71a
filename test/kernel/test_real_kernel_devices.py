"""Device memory in a real kernel, on the simulated accelerator: exact bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

MIB = 1 << 20
TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def device_kernel(_shared_kernel):
    # The first import builds it, which takes a minute.
    reply = _shared_kernel.run(
        f"import sys\nsys.path.insert(0, {str(TESTS)!r})\nimport torch\nimport simgpu"
    )
    assert reply.content["status"] == "ok", reply.content.get("traceback")
    return _shared_kernel


@pytest.fixture
def measure(device_kernel):
    """Runs a cell; returns its memory entries by device."""
    front_end = device_kernel.connect()

    def measure(code: str) -> dict[str, dict[str, Any]]:
        before = len(front_end.of("end"))
        reply = device_kernel.run(code)
        assert reply.content["status"] == "ok", reply.content.get("traceback")
        record = front_end.wait_for("end", before + 1)[before]["record"]
        measure.record = record
        return {entry["device"]: entry for entry in record["memory"]}

    # Each test begins with nothing allocated and the maximum at that.
    measure("x = y = None\ntorch.accelerator.reset_peak_memory_stats(0)")
    return measure


def test_allocated_bytes_of_each_device(measure):
    memory = measure("x = torch.empty(MIB, device='simgpu:1')".replace("MIB", str(MIB)))
    assert list(memory) == ["host", "simgpu:0", "simgpu:1"]
    entry = memory["simgpu:1"]
    assert entry["allocated_after_bytes"] - entry["allocated_before_bytes"] == 4 * MIB
    assert memory["simgpu:0"]["allocated_after_bytes"] == 0
    assert entry["reserved_after_bytes"] >= 4 * MIB
    assert entry["total_bytes"] > 0


def test_a_transient_peak_is_exact(measure):
    code = f"x = torch.empty({16 * MIB}, dtype=torch.uint8, device='simgpu:0')\nx = None"
    entry = measure(code)["simgpu:0"]
    assert (entry["peak_bytes"], entry["peak_is"]) == (16 * MIB, "exact")
    assert entry["allocated_after_bytes"] == 0


def test_a_peak_below_an_earlier_one_is_a_lower_bound(measure):
    code = "x = torch.empty({}, dtype=torch.uint8, device='simgpu:0')\n{}x = None"
    measure(code.format(16 * MIB, ""))
    entry = measure(code.format(8 * MIB, ""))["simgpu:0"]
    assert (entry["peak_bytes"], entry["peak_is"]) == (0, "sampled")
    entry = measure(code.format(8 * MIB, "import time; time.sleep(0.5)\n"))["simgpu:0"]
    assert (entry["peak_bytes"], entry["peak_is"]) == (8 * MIB, "sampled")
    assert {sample["devices"]["simgpu:0"] for sample in measure.record["samples"]} == {0, 8 * MIB}


def test_the_programs_reset_keeps_its_meaning_and_our_peak(measure):
    code = (
        f"x = torch.empty({16 * MIB}, dtype=torch.uint8, device='simgpu:0')\n"
        "x = None\n"
        "torch.accelerator.reset_peak_memory_stats(0)\n"
        f"x = torch.empty({4 * MIB}, dtype=torch.uint8, device='simgpu:0')\n"
        "x = None\n"
        f"assert torch.accelerator.max_memory_allocated(0) == {4 * MIB}\n"
    )
    entry = measure(code)["simgpu:0"]
    assert (entry["peak_bytes"], entry["peak_is"]) == (16 * MIB, "exact")
    measure("x = 1")
    measure(f"assert torch.accelerator.max_memory_allocated(0) == {4 * MIB}")


def test_measuring_neither_waits_for_a_device_nor_moves_anything(measure):
    measure(f"x = torch.empty({MIB}, device='simgpu:0')\ntorch.simgpu.reset_counters()")
    measure("import time\ntime.sleep(0.5)")
    assert len(measure.record["samples"]) > 3
    measure("assert not any(torch.simgpu.counters().values()), torch.simgpu.counters()")


def test_the_environment_names_the_devices(device_kernel, measure):
    measure("x = 1")
    session = device_kernel.connect().of("session")[0]["session"]
    devices = session["environment"]["devices"]
    assert [device["device"] for device in devices] == ["simgpu:0", "simgpu:1"]
    assert all(device["total_bytes"] > 0 for device in devices)

"""What a device does at best, measured without anything of the program's being different."""

from __future__ import annotations

import pytest
import torch
from jupyterlab_torchprof.beside.errors import CannotMeasure
from jupyterlab_torchprof.roofs.measure import measure_roof

MIB = 1 << 20


@pytest.fixture
def room(device):
    """There was a larger tensor once."""
    torch.accelerator.reset_peak_memory_stats()
    torch.empty(64 * MIB, dtype=torch.uint8, device=device)
    return torch.accelerator.max_memory_allocated()


def test_the_peak_that_is_counted_stays(room, device):
    before = torch.accelerator.memory_allocated()
    roof = measure_roof(device, "float32")
    assert (roof.device, roof.threads) == (device, None)
    assert roof.flops_per_s > 0
    assert roof.bytes_per_s > 0
    assert torch.accelerator.max_memory_allocated() == room
    assert torch.accelerator.memory_allocated() == before


def test_without_room_below_the_peak_nothing_is_measured(device):
    kept = torch.empty(MIB, dtype=torch.uint8, device=device)
    torch.accelerator.reset_peak_memory_stats()
    before = torch.accelerator.max_memory_allocated()
    with pytest.raises(CannotMeasure, match="room"):
        measure_roof(device, "float32")
    assert torch.accelerator.max_memory_allocated() == before
    assert kept.numel() == MIB

"""Work of a device, run again there."""

from __future__ import annotations

import pytest
import torch
from jupyterlab_torchprof.beside.errors import CannotMeasure
from jupyterlab_torchprof.record import DeepInput, DeepWork
from jupyterlab_torchprof.replay.run import replay


def test_the_peak_of_the_program_stays(device):
    module = getattr(torch, torch.device(device).type)
    work = DeepWork(
        kind="operator",
        name="aten::mm",
        phase="forward",
        device=device,
        inputs=[DeepInput(shape=[64, 64], dtype="float32")] * 2,
        calls=1,
        total_s=1.0,
        alternatives=["bfloat16"],
    )
    large = torch.empty(1_000_000, device=device)
    del large
    peak = module.max_memory_allocated(device)
    found = replay(work, "bfloat16")
    assert found.original_s > 0 < found.alternative_s
    assert module.max_memory_allocated(device) == peak
    kept = torch.empty(peak // 4 + 1, device=device)  # as much as there ever was
    with pytest.raises(CannotMeasure, match="raise the peak"):
        replay(work, "bfloat16")
    del kept

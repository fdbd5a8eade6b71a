"""What the doctor says of devices that the program has started."""

from __future__ import annotations

import torch
from jupyterlab_torchprof.doctor.here import look
from jupyterlab_torchprof.probes.devices import Devices


def test_devices_that_are_at_work(notebook, device):
    notebook.ok("x = torch.ones(4, device=device)")
    devices = Devices()
    devices.refresh()
    names = devices.names()
    before = [torch.accelerator.memory_allocated(name) for name in names]

    found = [check.found for check in look(devices.describe()) if check.topic == "devices"]

    assert [text.partition(": ")[0] for text in found[: len(names)]] == names
    assert [torch.accelerator.memory_allocated(name) for name in names] == before

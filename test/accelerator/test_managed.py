"""Models that a library takes to the accelerator for each forward, and away again."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.advice.engine import advise
from jupyterlab_torchprof.derive import library_of

WHOLE = 4 * 4 * 256 * 256
NET = """\
import accelerate
net = nn.Sequential(*[nn.Linear(256, 256, bias=False) for _ in range(4)]).eval()
x = torch.randn(4, 256)
"""


@pytest.fixture
def cells(notebook, device):
    pytest.importorskip("accelerate")
    notebook.ok(NET)
    return notebook


def module(record):
    (found,) = (each for each in record.placement.modules if each.path == "net")
    return found


def test_a_model_that_goes_there_and_back(cells, device):
    cells.ok("net, hook = accelerate.cpu_offload_with_hook(net, torch.device(device))")
    record = cells.ok(
        "with torch.no_grad():\n"
        "    for _ in range(4):\n        y = net(x)\n        hook.offload()\n"
    )
    (forward,) = record.grad.forwards
    assert (forward.device, forward.layers.managed) == (device, "accelerate")
    assert module(record).devices == {"cpu": WHOLE}
    real = [move for move in record.moves if move.moved_bytes]
    assert len(real) == 8
    assert {library_of(record, move.place) for move in real} == {"accelerate"}
    assert advise(record, [record]) == []


def test_weights_that_are_there_for_a_layer_only(cells, device):
    cells.ok("accelerate.cpu_offload(net, torch.device(device))")
    record = cells.ok("with torch.no_grad():\n    y = net(x)\n")
    (forward,) = record.grad.forwards
    assert (forward.device, forward.dtype) == (device, "float32")
    assert (module(record).devices, module(record).offloaded) == ({"meta": 0}, {"cpu": WHOLE})
    (memory,) = (each for each in record.memory if each.device == device)
    assert memory.peak_bytes - memory.allocated_before_bytes < WHOLE

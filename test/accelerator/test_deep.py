"""The deep profile where the backward runs on a thread of the engine's."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell
from jupyterlab_torchprof.extension import load


def test_the_backward_of_a_device_is_a_part_of_the_step(device, closed):
    shell = InteractiveShell()
    profiler = load(shell)
    shell.run_cell("import torch\nfrom torch import nn", store_history=True).raise_error()
    source = f"""\
%%torchprof --deep --steps 3
net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8)).to({device!r})
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(64, 64).to({device!r})
for _ in range(9):
    net(x).square().mean().backward()
    optimizer.step()
"""
    try:
        shell.run_cell(source, store_history=True).raise_error()
        deep = profiler.history.last().deep
        assert profiler.health.entries() == []
        assert len(deep.steps) == 3
        for step in deep.steps:
            assert all(step.phases[name] > 0 for name in ("forward", "backward", "optimizer"))
        assert any(line.backward_s > 0 for line in deep.lines)
    finally:
        closed(shell)

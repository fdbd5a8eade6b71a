"""An error looks as it would without the profiler, whoever prints it."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

import pytest

SETUP = """
import warnings
import torch
from torch import nn
from torch.utils.data import DataLoader

net, x = nn.Linear(2, 2), torch.ones(1, 2)
loss = net(x).sum()
loss.backward()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu", enabled=False)

class Broken(list):
    def __getitem__(self, index):
        raise ValueError("broken")

class Unmovable(nn.Module):
    def _apply(self, function, *arguments):
        return super()._apply(lambda tensor: 1 / 0)

unmovable = Unmovable()
unmovable.weight = nn.Parameter(x)
"""

FAILING = [
    "loss.backward()",
    "torch.autograd.grad(loss, x)",
    "torch.load('/nonexistent')",
    "torch.load(map_location='cpu')",
    "net.load_state_dict({'a': 1})",
    "for batch in DataLoader(Broken([1, 2])): pass",
    "iter(DataLoader([1, 2], batch_sampler=3))",
    "net.to('nonsense')",
    "unmovable.to('cpu')",
    "nn.utils.clip_grad_norm_([3], 1.0)",
    "nn.utils.clip_grad_value_([3], 1.0)",
    "net.zero_grad(1, 2, 3)",
    "optimizer.zero_grad(1, 2, 3)",
    "scaler.step(3)",
    "torch.compile(3, mode='nonsense')",
]


def frames(error: BaseException) -> list[tuple[str, str, int]]:
    found = []
    at: TracebackType | None = error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        if not code.co_filename.startswith("<") and "conftest" not in code.co_filename:
            found.append((code.co_filename, code.co_qualname, at.tb_lineno))
        at = at.tb_next
    return found


@pytest.mark.skipif(sys.version_info < (3, 11), reason="a frame can't be taken out before")
@pytest.mark.parametrize("source", FAILING)
def test_no_frame_is_ours(notebook, source):
    notebook.ok(SETUP)
    notebook.run(source)
    assert notebook.error is not None
    with_us = frames(notebook.error)
    namespace = dict(notebook.namespace)
    notebook.measurement.close()
    with pytest.raises(type(notebook.error)) as plain:
        exec(source, namespace)
    assert with_us == [frame for frame in frames(plain.value) if frame[0] != __file__]
    text = "".join(traceback.format_exception(notebook.error))
    assert "jupyterlab_torchprof/probes" not in text

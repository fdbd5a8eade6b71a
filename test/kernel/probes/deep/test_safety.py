"""Where ranges may be open."""

from __future__ import annotations

import pytest
import torch
from jupyterlab_torchprof.patches import Patches
from jupyterlab_torchprof.probes.deep.safety import Ranges
from torch import nn
from torch.utils.data import DataLoader, Dataset


@pytest.fixture
def seen():
    """Whether none was open, by where it was asked."""
    ranges, patches, firsts = Ranges(torch), Patches(), []
    cls = torch.autograd.profiler.record_function
    before = cls.__enter__, cls.__exit__
    ranges.watch(patches, lambda: firsts.append(ranges.is_none_open()))
    answers = {}

    class Asked:
        def __init__(self):
            self.answers, self.firsts = answers, firsts

        def __call__(self, name):
            answers[name] = ranges.is_none_open()

    yield Asked()
    patches.restore()
    assert (cls.__enter__, cls.__exit__) == before


def test_where_the_collector_cannot_be_stopped(seen):
    class Numbers(Dataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            seen("dataset")
            return torch.ones(3)

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            seen("function")
            return x * 2

        @staticmethod
        def backward(ctx, g):
            seen("backward")
            return g * 2

    class Net(nn.Module):
        def forward(self, x):
            seen("module")
            return Twice.apply(x)

    weight = nn.Parameter(torch.ones(3))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    net = nn.Sequential(Net())

    def closure():
        seen("closure")
        loss = net(weight).sum()
        return loss

    for batch in DataLoader(Numbers()):
        seen("loop")
        net(batch * weight).sum().backward()
        with torch.autograd.profiler.record_function("mine"):
            seen("annotation")
        with torch.no_grad():
            seen("no_grad")
    optimizer.step(closure)
    seen("end")
    inside = {"dataset", "function", "backward", "closure", "annotation", "module"}
    assert {name for name, is_safe in seen.answers.items() if not is_safe} == inside
    assert seen.firsts and all(seen.firsts)

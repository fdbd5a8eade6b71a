"""Operators, as they are collected and nested, and what they compute."""

from __future__ import annotations

import weakref
from collections import defaultdict
from typing import Any

import msgspec
import pytest
import torch
from jupyterlab_torchprof.probes.deep.collector import MARK, Busy, Collector
from jupyterlab_torchprof.probes.deep.inputs import Inputs, Tensor
from jupyterlab_torchprof.probes.deep.nesting import Operator
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def collected(work: Any) -> tuple[Any, list[Operator]]:
    """PyTorch's profile and the operators of some work."""
    collector = Collector(torch)
    collector.start()
    profile = collector._profile
    try:
        work()
    finally:
        operators = list(collector.stop().operators)
    return profile, operators


def counted(work: Any) -> int:
    """Operations of all operators, as a profile adds them up."""
    total, inside = 0, set()
    for each in collected(work)[1]:
        flops = None if each.parent in inside else each.flops
        if flops is not None or each.parent in inside:
            inside.add(each)
        total += flops or 0
    return total


def train() -> None:
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(512, 5)
    )
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(3):
        loss = nn.functional.cross_entropy(net(torch.randn(4, 3, 8, 8)), torch.arange(4))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_they_are_those_of_key_averages():
    profile, operators = collected(train)
    own: defaultdict[str, list[float]] = defaultdict(lambda: [0, 0.0])
    for each in operators:
        own[each.name][0] += 1
        own[each.name][1] += each.self_ns / 1000
    theirs = {e.key: (e.count, e.self_cpu_time_total) for e in profile.key_averages()}
    del theirs["[memory]"]  # what was allocated has no time
    assert own.keys() == theirs.keys()
    for name, (count, microseconds) in theirs.items():
        assert own[name][0] == count, name
        assert own[name][1] == pytest.approx(microseconds, abs=1), name
    assert own[MARK][0] == 1


def test_the_operations_of_layers_are_their_closed_forms():
    x = torch.randn(6, 20)
    linear = nn.Linear(20, 7)
    assert counted(lambda: linear(x)) == 2 * 6 * 20 * 7
    assert counted(lambda: linear(x).sum().backward()) == 2 * (2 * 6 * 20 * 7)  # and the weight's
    image = torch.randn(2, 4, 16, 16)
    convolution = nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=2)
    assert counted(lambda: convolution(image)) == 2 * 2 * 8 * 8 * 8 * (4 // 2) * 9
    transposed = nn.ConvTranspose2d(4, 6, 3, groups=2)
    assert counted(lambda: transposed(image)) == 2 * 2 * 16 * 16 * 4 * (6 // 2) * 9
    a, b = torch.randn(3, 4, 5), torch.randn(3, 5, 6)
    assert counted(lambda: torch.baddbmm(torch.randn(3, 4, 6), a, b)) == 2 * 3 * 4 * 5 * 6
    grouped = nn.Conv2d(4, 8, 3, groups=2)
    forward = 2 * 2 * 14 * 14 * 8 * 2 * 9
    image.requires_grad_()
    assert counted(lambda: grouped(image).sum().backward()) == 3 * forward
    q = torch.randn(2, 4, 8, 16)
    attention = nn.functional.scaled_dot_product_attention
    assert counted(lambda: attention(q, q, q)) == 2 * 2 * 4 * 8 * 8 * (16 + 16)


@pytest.mark.parametrize("kind", [nn.Conv2d, nn.ConvTranspose2d])
def test_the_operations_are_those_that_torch_counts(kind):
    layer = kind(4, 8, 3, stride=2, padding=1)
    x = torch.randn(2, 4, 9, 11, requires_grad=True)

    def work() -> None:
        layer(x).square().sum().backward()

    with FlopCounterMode(display=False) as counter:
        work()
    assert counted(work) == counter.get_total_flops()


def test_another_profiler_is_not_disturbed():
    collector = Collector(torch)
    with torch.autograd.profiler.profile(use_kineto=True) as theirs:
        with pytest.raises(Busy):
            collector.start()
        torch.ones(3) + 1
    assert not collector.is_running
    assert any(event.name() == "aten::add" for event in theirs.kineto_results.events())


def test_nothing_is_printed(capfd):
    collected(train)
    out, err = capfd.readouterr()
    assert out + err == ""


def test_nothing_of_the_profilers_outlives_it():
    # To free a result while another is collected crashes the process.
    collector = Collector(torch)
    collector.start()
    profile = weakref.ref(collector._profile)
    torch.ones(1_000_000) + 1
    found = collector.stop()
    assert profile() is None
    assert found.allocations and found.count > 2
    for each in found.operators:
        parts = [getattr(each, name) for name in Operator.__slots__ if name != "children"]
        assert {type(part) for part in parts} <= {str, int, bool, type(None), Operator, Inputs}
    (given,) = [each.inputs for each in found.operators if each.name == "aten::add"]
    assert given == Inputs(
        (Tensor((1_000_000,), "float32", "cpu", None), Tensor((), "int64", "cpu", None))
    )
    assert msgspec.to_builtins(given)  # plain data, all of it

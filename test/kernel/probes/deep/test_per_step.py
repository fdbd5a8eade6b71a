"""How much steps differ in what they take."""

from __future__ import annotations

import statistics

import pytest
from jupyterlab_torchprof.probes.deep.per_step import PerStep

TRAIN = """%%torchprof --deep --steps 4
import torch
net, x = torch.nn.Linear(8, 8), torch.randn(4, 8)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for i in range(9):
    net(x).sum().backward()
    optimizer.step()
"""


def test_spread_of_a_row() -> None:
    times = PerStep([0, 100, 200, 300])
    for at, taken in [(0, 7), (50, 3), (100, 20), (299, 60), (300, 1000), (-1, 1000)]:
        times.add("a", at, taken)
    assert times.spread_s("a") == pytest.approx(statistics.stdev([10, 20, 60]) / 1e9)
    assert times.spread_s("b") is None
    assert list(times.spans(50, 250)) == [(50, 100), (100, 200), (200, 250)]


def test_no_spread_without_two_steps() -> None:
    for boundaries in ([], [0, 100]):
        times = PerStep(boundaries)
        times.add("a", 50, 10)
        assert times.spread_s("a") is None
    assert list(PerStep().spans(3, 9)) == [(3, 9)]


def test_rows_have_it(notebook) -> None:
    notebook.ok(TRAIN)
    deep = notebook.profiler.history.last().deep
    assert deep.window.whole_steps
    assert len(deep.steps) == 4
    for rows in (deep.operators, deep.lines, deep.modules):
        assert rows
        assert all(row.spread_s is not None for row in rows)
    mm = next(row for row in deep.operators if row.name == "aten::addmm")
    assert 0 <= mm.spread_s <= mm.self_s


def test_none_of_a_run_without_steps(notebook) -> None:
    notebook.ok("%%torchprof --deep\nimport torch\ntorch.randn(9, 9) @ torch.randn(9, 9)")
    deep = notebook.profiler.history.last().deep
    assert not deep.window.whole_steps
    assert all(row.spread_s is None for row in deep.operators)

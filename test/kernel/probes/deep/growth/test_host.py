"""What a profile on the host says of the memory that a step uses."""

from __future__ import annotations

SETUP = """\
import torch
from torch import nn
net = nn.Sequential(nn.Linear(96, 384), nn.GELU(), nn.Linear(384, 96))
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
elsewhere = torch.zeros(1_000_000)
"""
LOOP = """\
%%torchprof --deep --steps 2
for step in range(8):
    x = torch.randn(50, 96)
    loss = net(x).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PARAMETERS = 4 * (96 * 384 + 384 + 384 * 96 + 96)


def held(moment, category):
    """Bytes of a category."""
    return sum(part.held_bytes for part in moment.parts if part.category == category)


def test_blocks_are_told_by_what_they_are_for(notebook):
    notebook.ok(SETUP)
    notebook.ok(LOOP)
    assert notebook.profiler.health.entries() == []
    deep = notebook.profiler.history.last().deep
    assert (deep.batch_size, deep.sequence_length) == (50, None)
    moments = deep.memory[0].moments
    for moment in moments:
        assert held(moment, "parameters") == PARAMETERS
        # Two averages of each parameter, and how many steps there were.
        assert held(moment, "optimizer") == 2 * PARAMETERS + 4 * 4
        assert held(moment, "before") == 0, "what the step does not use is not known"
        assert held(moment, "batch") == 4 * 50 * 96
    backward = next(moment for moment in moments if moment.phase == "backward")
    activations = [part for part in backward.parts if part.category == "activations"]
    assert sum(part.held_bytes for part in activations if part.batch == 1) >= 4 * 50 * 384
    assert all(part.most_batch is None for part in activations)


def test_forwards_of_different_sizes_are_said_to_be_that(notebook):
    notebook.ok(SETUP)
    notebook.ok(LOOP.replace("    optimizer.zero_grad()", "    net(torch.ones(20, 96))"))
    deep = notebook.profiler.history.last().deep
    assert deep.batch_size is None
    assert len(deep.memory[0].moments) == 1


def test_a_dataset_does_not_grow_with_the_batch(notebook):
    notebook.ok(SETUP + "data = torch.randn(50 * 80, 96)")
    notebook.ok(LOOP.replace("torch.randn(50, 96)", "data[50 * step : 50 * (step + 1)]"))
    moment = notebook.profiler.history.last().deep.memory[0].moments[0]
    before = [part for part in moment.parts if part.category == "before"]
    assert sum(part.held_bytes for part in before) == 4 * 50 * 80 * 96
    assert all((part.batch, part.most_batch) == (0, None) for part in before)


def test_a_batch_that_is_made_once_grows(notebook):
    notebook.ok(SETUP + "x = torch.randn(50, 96)")
    notebook.ok(LOOP.replace("    x = torch.randn(50, 96)\n", ""))
    moment = notebook.profiler.history.last().deep.memory[0].moments[0]
    (part,) = (part for part in moment.parts if part.category == "batch")
    assert (part.held_bytes, part.batch, part.most_batch) == (4 * 50 * 96, 1, None)

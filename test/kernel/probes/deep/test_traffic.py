"""Bytes that lines read and write, and what they compute with."""

from __future__ import annotations

import pytest

SETUP = """\
import torch
from torch import nn
w = torch.randn(512, 512, requires_grad=True)
b = torch.randn(1000, 512)
other = b.clone()
table = nn.Embedding(100, 512)
indices = torch.randint(0, 100, (1000,))
"""
LOOP = """\
%%torchprof --deep --steps 2
for step in range(8):
    product = b @ w
    clipped = product.relu()
    twice = clipped + clipped
    picked = table(indices)
    flat = twice.view(-1)
    wide = b.to(torch.float64)
    other.add_(1)
    total = torch.sum(other)
    half = b.bfloat16() @ w.detach().bfloat16()
    twice.mean().backward()
    torch.optim.SGD([w], 0.1).step()
"""
B, W = 4 * 1000 * 512, 4 * 512 * 512


@pytest.fixture
def lines(notebook):
    """By their code: bytes of a step, type and device."""
    notebook.ok(SETUP)
    notebook.ok(LOOP)
    assert notebook.profiler.health.entries() == []
    record = notebook.profiler.history.last()
    text, found = record.source.split("\n"), {}
    for line in record.deep.lines:
        number = record.places[line.place].line
        code = text[number - 1].strip().partition(" = ")[0]
        found[code] = (line.moved_bytes // len(record.deep.steps), line.dtype, line.device)
    return found


def test_each_tensor_is_read_and_written_once(lines):
    expected = {
        "product": (2 * B + W) + (2 * B + W),  # the backward: the gradient of `w` alone
        "clipped": 2 * B + 3 * B,
        "twice": 3 * B + 3 * B,
        "picked": 2 * B,
        "flat": 0,
        "wide": B + 2 * B,
        "other.add_(1)": 2 * B,
        "total": B,
    }
    for code, nbytes in expected.items():
        assert lines[code][0] == pytest.approx(nbytes, rel=0.001, abs=100), code


def test_a_line_has_the_type_of_most_of_its_operations(lines):
    assert lines["product"][1:] == ("float32", "cpu")
    assert lines["half"][1:] == ("bfloat16", "cpu")
    assert lines["flat"][1:] == (None, None)

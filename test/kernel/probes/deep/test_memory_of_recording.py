"""What a recording takes of the process's memory is said to be the recording's, and given back."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.deliver.text import render_text
from jupyterlab_torchprof.memory.host import can_trim

STEPS = """\
import torch
layer = torch.nn.Linear(4, 4)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
for step in range(6):
    out = layer(torch.ones(1, 4))
    for _ in range(2000):
        out = out * 1.0
    out.sum().backward()
    optimizer.step()
    optimizer.zero_grad()
"""
SAID = "what was recorded in depth is part of it"


@pytest.mark.skipif(not can_trim(), reason="this C library gives nothing back on demand")
def test_it_is_given_back(notebook):
    notebook.ok(STEPS)  # PyTorch's own memory is there
    notebook.ok("%%torchprof --deep\n" + STEPS)
    plain, deep = notebook.profiler.history.records()
    [entry] = deep.memory
    rise = entry.peak_bytes - entry.allocated_before_bytes
    assert deep.deep is not None
    assert rise > 50 << 20  # of operators, each with its shapes
    assert entry.allocated_after_bytes - entry.allocated_before_bytes < rise / 2
    assert {place.host_growth_bytes for place in deep.places} == {0}
    texts = [render_text(notebook.profiler.session([one])) for one in (plain, deep)]
    assert [SAID in " ".join(text.split()) for text in texts] == [False, True]

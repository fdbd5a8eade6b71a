"""The cell that `dataparallel` outlines starts ranks in a notebook."""

from __future__ import annotations

import re

import torch
from jupyterlab_torchprof.advice.engine import advise

HEAD = """
def train(rank, world):
    torch.manual_seed(rank)
    net, dataset, batch_size = nn.Linear(8, 1), torch.randn(64, 8), 4
"""
LOOP = """
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(2):
        sampler.set_epoch(epoch)
        for x in loader:
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
    torch.save(model.module.state_dict(), f"{path}-{rank}")
"""


def outlined(notebook) -> list[str]:
    """The code between backticks of the advice on a model that is copied to two devices."""
    record = notebook.ok(
        "from torch import nn\nnet = nn.Linear(8, 1)\nmodel = nn.DataParallel(net)"
    )
    record.placement.modules[-1].layers.device_ids = [0, 1]
    [advice] = [one for one in advise(record, [record]) if one.rule == "dataparallel"]
    code = re.findall("`([^`]*)`", advice.explanation)
    first = code.index("def train(rank, world):")
    return [one for one in code[first:] if "(" in one and one != "def train(rank, world):"]


def test_it_runs_on_two_ranks(notebook, tmp_path, free_port):
    notebook.ok(f"import os\nimport torch\npath = {str(tmp_path / 'net')!r}")
    code = outlined(notebook)
    assert code.pop(2) == "torch.cuda.set_device(rank)"  # there is none here
    code = [one.replace(".to(rank), device_ids=[rank]", "") for one in code]
    code = [one.replace("29500", str(free_port)) for one in code]
    set_up, [_epoch, *end], start = code[:6], code[6:-1], code[-1]
    body = "".join(f"    {one}\n" for one in set_up)
    below = "".join(f"    {one}\n" for one in end)
    notebook.ok(HEAD + body + LOOP + below)
    record = notebook.ok(start)
    assert [(run.rank, run.exit) for run in record.ranks] == [(0, "ok"), (1, "ok")]
    assert [run.record.grad.optimizer_steps for run in record.ranks] == [16, 16]
    saved, *own = (torch.load(tmp_path / f"net{end}") for end in ("", "-0", "-1"))
    for weights in own:
        assert all(torch.equal(weights[name], saved[name]) for name in saved)
    assert [one.rule for one in record.advice] == []

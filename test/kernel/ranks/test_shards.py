"""Parameters that are divided among ranks: what each has, and what it is a part of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Notebook
from jupyterlab_torchprof.deliver.text import render_text
from jupyterlab_torchprof.document import decode_session

TRAIN = """
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

dist.init_process_group("gloo")
torch.set_num_threads(1)
model = torch.nn.Sequential(*[torch.nn.Linear(64, 64) for _ in range(4)])
mesh = init_device_mesh("cpu", (2,))
for part in (*model, model):
    fully_shard(part, mesh=mesh)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for _ in range(3):
    optimizer.zero_grad()
    model(torch.randn(8, 64)).sum().backward()
    optimizer.step()
dist.destroy_process_group()
"""
WHOLE = 4 * (64 * 64 + 64) * 4
"""Bytes of the parameters, in float32."""


def test_each_rank_has_half(tmp_path: Path) -> None:
    fsdp = pytest.importorskip("torch.distributed.fsdp")
    if not hasattr(fsdp, "fully_shard"):
        pytest.skip("this PyTorch has it elsewhere")
    (tmp_path / "train.py").write_text(TRAIN)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command += ["-m", "jupyterlab_torchprof.rank", "train.py"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=120, capture_output=True)
    session = decode_session((tmp_path / "train.torchprof.json").read_bytes()).session
    assert len(session.cells[0].ranks) == 2
    for run in session.cells[0].ranks:
        [model] = run.record.placement.modules
        assert (model.path, model.whole_bytes, model.parameter_bytes) == ("model", WHOLE, WHOLE / 2)
        [optimizer] = run.record.optimizers
        assert optimizer.parameter_bytes == {"float32": WHOLE / 2}
        steps = 8 * 4  # a number for each parameter
        assert optimizer.state_bytes == {"cpu": WHOLE + steps}
        session.cells = [run.record]
        told = " ".join(render_text(session).split())
        assert "32.5 KiB of 65 KiB parameters, divided among ranks" in told


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # by that import
def test_of_an_optimizer_that_divides_its_state_the_one_within_has_a_part(tmp_path: Path) -> None:
    """What shard-optimizer is silent by."""
    book = Notebook()
    book.ok(
        f"""
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.distributed.optim import ZeroRedundancyOptimizer

def train(rank):
    torch.set_num_threads(1)
    store = "file://{tmp_path}/store"
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=2)
    net = torch.nn.Sequential(*[torch.nn.Linear(64, 64) for _ in range(4)])
    model = torch.nn.parallel.DistributedDataParallel(net)
    optimizer = ZeroRedundancyOptimizer(
        model.parameters(), optimizer_class=torch.optim.AdamW, lr=1e-3
    )
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(8, 64)).sum().backward()
        optimizer.step()
    dist.destroy_process_group()
"""
    )
    record = book.ok("mp.start_processes(train, nprocs=2, start_method='fork')")
    book.close()
    for run in record.ranks:
        around, part = run.record.optimizers
        assert (around.class_name, around.state_bytes) == ("ZeroRedundancyOptimizer", {})
        assert part.parameter_bytes == {"float32": WHOLE / 2}

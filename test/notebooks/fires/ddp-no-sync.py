# advice: launch ddp-no-sync
# torch: 2.8
# needs: cpu
# fixed: not compared: nothing to apply
# %% setup
import contextlib
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

store = tempfile.mktemp()


def train(rank, world):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=world)
    model = nn.parallel.DistributedDataParallel(nn.Linear(64, 64))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(24):
        last = step % 4 == 3
        with contextlib.nullcontext():
            (model(torch.randn(8, 64)).square().mean() / 4).backward()
        if last:
            optimizer.step()
            optimizer.zero_grad()
    dist.destroy_process_group()
# %% launch
mp.start_processes(train, args=(2,), nprocs=2, start_method="fork")

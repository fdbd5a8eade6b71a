# advice: none
# needs: cpu
# %% setup
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.nn.parallel import DistributedDataParallel

store = tempfile.mktemp()


def train(rank, world):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=world)
    torch.manual_seed(rank)
    model = DistributedDataParallel(nn.Linear(16, 8))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(30):
        with model.no_sync():
            optimizer.zero_grad()
            model(torch.randn(16, 16)).square().mean().backward()
        optimizer.step()
        if step % 10 == 9:
            for parameter in model.parameters():
                dist.all_reduce(parameter.data)
                parameter.data /= world
    dist.destroy_process_group()
# %% launch
mp.start_processes(train, args=(2,), nprocs=2, start_method="fork")

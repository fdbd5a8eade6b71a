# advice: none
# needs: cpu
# %% setup
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

store = tempfile.mktemp()


def train(rank, world):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=world)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.LazyLinear(1))
    net(torch.zeros(2, 3, 6, 6))
    model = nn.parallel.DistributedDataParallel(net)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(14):
        optimizer.zero_grad()
        model(torch.randn(8, 3, 6, 6)).square().mean().backward()
        optimizer.step()
    dist.destroy_process_group()
# %% launch
mp.start_processes(train, args=(2,), nprocs=2, start_method="fork")

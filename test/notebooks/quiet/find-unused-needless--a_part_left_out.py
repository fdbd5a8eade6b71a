# advice: none
# needs: cpu
# %% setup
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

store = tempfile.mktemp()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(16, 16)
        self.other = nn.Linear(16, 16)

    def forward(self, x):
        return self.one(x)


def train(rank, world):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=world)
    model = nn.parallel.DistributedDataParallel(Net(), find_unused_parameters=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(20):
        optimizer.zero_grad()
        model(torch.randn(8, 16)).square().mean().backward()
        optimizer.step()
    dist.destroy_process_group()
# %% launch
mp.start_processes(train, args=(2,), nprocs=2, start_method="fork")

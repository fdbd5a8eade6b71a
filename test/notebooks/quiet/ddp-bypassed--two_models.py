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
    maker = DistributedDataParallel(nn.Linear(8, 4))
    judge = DistributedDataParallel(nn.Linear(4, 1), broadcast_buffers=False)
    made, judged = torch.optim.Adam(maker.parameters()), torch.optim.Adam(judge.parameters())
    for step in range(30):
        with torch.no_grad():
            fake = maker.module(torch.randn(16, 8))
        judged.zero_grad()
        (judge(fake).mean() - judge(torch.randn(16, 4) + 3).mean()).backward()
        judged.step()
        made.zero_grad()
        (-judge.module(maker(torch.randn(16, 8)))).mean().backward()
        made.step()
    dist.destroy_process_group()
# %% launch
mp.start_processes(train, args=(2,), nprocs=2, start_method="fork")

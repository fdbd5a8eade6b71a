# advice: none
# needs: cpu
# %% setup
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

store = tempfile.mktemp()


def train(rank, world):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=world)
    torch.manual_seed(rank)
    data = TensorDataset(torch.randn(124, 16), torch.randn(124, 1))
    loader = DataLoader(data, batch_size=8, shuffle=True)
    model = nn.parallel.DistributedDataParallel(nn.Linear(16, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in [*loader, *loader]:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
        if rank == 1 and len(y) < 8:
            raise ValueError("no more")
    dist.destroy_process_group()
# %% launch
# raises: ProcessRaisedException
mp.start_processes(train, args=(2,), nprocs=2, start_method="fork")

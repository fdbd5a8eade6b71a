# advice: none
# needs: accelerator
# %% setup
import os
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

folder = tempfile.mkdtemp()


def train(rank, world):
    torch.set_num_threads(1)
    store = f"file://{folder}/store"
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=world)
    device = torch.device(torch.device(DEVICE).type, rank)
    net = nn.Sequential(nn.Linear(2048, 2048), nn.ReLU(), nn.Linear(2048, 8)).to(device)
    if rank == 0:
        torch.save(net.state_dict(), os.path.join(folder, "net.pt"))
    dist.barrier()
    net.load_state_dict(torch.load(os.path.join(folder, "net.pt"), map_location="cpu"))
    optimizer = torch.optim.Adam(net.parameters())
    for step in range(4):
        optimizer.zero_grad()
        net(torch.randn(8, 2048, device=device)).square().mean().backward()
        optimizer.step()
    dist.destroy_process_group()
# %% launch
mp.start_processes(train, args=(2,), nprocs=2, start_method="fork")

# advice: launch uneven-work
# torch: 2.8
# needs: cpu
# fixed: not compared: nothing to apply
# %% setup
import os
import signal
import tempfile
import threading

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

store = tempfile.mktemp()


def train(rank, world):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=world)
    data = TensorDataset(torch.randn(130 - 9 * rank, 16), torch.randn(130 - 9 * rank, 1))
    loader = DataLoader(data, batch_size=8, shuffle=True)
    model = nn.parallel.DistributedDataParallel(nn.Linear(16, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
    if rank:  # somebody ends what hangs
        threading.Timer(5, os.kill, (os.getpid(), signal.SIGKILL)).start()
    dist.barrier()
    dist.destroy_process_group()
# %% launch
# raises: ProcessExitedException or ProcessRaisedException
mp.start_processes(train, args=(2,), nprocs=2, start_method="fork")

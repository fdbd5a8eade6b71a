# advice: launch rank-threads
# needs: cpu
# fixed: not compared: nothing to apply
# machine: {"cpu_count": 1}
# %% setup
import tempfile
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

store = tempfile.mktemp()


def work(rank):
    torch.set_num_threads(2)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=4)
    until = time.time() + 2.2
    total = torch.zeros(4)
    while time.time() < until:
        total += torch.ones(4)
    dist.all_reduce(total)
    dist.destroy_process_group()
# %% launch
mp.start_processes(work, nprocs=4, start_method="fork")

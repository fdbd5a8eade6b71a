# advice: launch rank-stalled 18
# torch: 2.8
# needs: cpu
# %% setup
import os
import signal
import tempfile
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

store = tempfile.mktemp()


def work(rank):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    dist.all_reduce(torch.ones(1))
    if rank == 1:
        time.sleep(4)
        os.kill(os.getpid(), signal.SIGKILL)
    dist.all_reduce(torch.ones(1))
# %% launch
# raises: ProcessExitedException or ProcessRaisedException
mp.start_processes(work, nprocs=2, start_method="fork")

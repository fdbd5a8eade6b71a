# advice: none
# needs: cpu
# %% computed
import threading
import time

import torch
import torch.multiprocessing as mp

torch.set_num_threads(2)
product = torch.randn(512, 512) @ torch.randn(512, 512)
# %% setup
def work(rank):
    if rank:
        time.sleep(6.5)
    else:
        threading.Event().wait(6.5)
# %% launch
mp.start_processes(work, nprocs=2, start_method="fork")

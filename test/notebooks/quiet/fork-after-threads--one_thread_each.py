# advice: none
# needs: cpu
# %% computed
import torch
import torch.multiprocessing as mp

torch.set_num_threads(2)
product = torch.randn(512, 512) @ torch.randn(512, 512)
# %% setup
def work(rank):
    torch.set_num_threads(1)
    torch.nn.Linear(64, 64)(torch.randn(16, 64)).sum().backward()
# %% launch
mp.start_processes(work, nprocs=2, start_method="fork")

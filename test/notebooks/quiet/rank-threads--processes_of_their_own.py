# advice: none
# needs: cpu
# %% setup
import time

import torch
import torch.multiprocessing as mp


def search(number):
    torch.set_num_threads(1)
    torch.manual_seed(number)
    weight = torch.zeros(8, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1)
    for step in range(20):
        time.sleep(0.01 * (1 + number))
        optimizer.zero_grad()
        (weight - number).square().sum().backward()
        optimizer.step()
# %% launch
mp.start_processes(search, nprocs=2, start_method="fork")

# advice: none
# needs: cpu
# %% setup
import torch
import torch.multiprocessing as mp


def train(rank):
    raise RuntimeError("There are no more examples")
# %% launch
# raises: ProcessRaisedException
mp.start_processes(train, nprocs=2, start_method="fork")

# advice: launch cuda-before-launch 2
# needs: cpu
# %% setup
import torch
import torch.multiprocessing as mp


def train(rank):
    raise RuntimeError(
        "Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you "
        "must use the 'spawn' start method"
    )
# %% launch
# raises: ProcessRaisedException
mp.start_processes(train, nprocs=2, start_method="fork")

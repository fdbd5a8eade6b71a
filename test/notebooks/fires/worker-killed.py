# advice: b worker-killed 2
# %% a
import os
import signal
import torch
from torch.utils.data import DataLoader, Dataset

class Hungry(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        os.kill(os.getpid(), signal.SIGKILL)

loader = DataLoader(Hungry(), num_workers=1, multiprocessing_context="fork")
# %% b
# raises: RuntimeError
batches = list(loader)

# advice: b shape-mismatch 2; c shape-mismatch 2
# %% a
import torch
from torch.utils.data import DataLoader, Dataset

class Sentences(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return torch.ones(index + 2)

alone = DataLoader(Sentences(), batch_size=2)
workers = DataLoader(Sentences(), batch_size=2, num_workers=1, multiprocessing_context="fork")
# %% b
# raises: RuntimeError
next(iter(alone))
# %% c
# raises: RuntimeError
next(iter(workers))

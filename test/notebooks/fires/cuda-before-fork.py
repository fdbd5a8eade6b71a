# advice: b cuda-before-fork 2
# %% a
import torch
from torch.utils.data import DataLoader, Dataset

class OnDevice(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        raise RuntimeError(
            "Cannot re-initialize CUDA in forked subprocess. To use CUDA with multiprocessing, you "
            "must use the 'spawn' start method"
        )

loader = DataLoader(OnDevice(), num_workers=1, multiprocessing_context="fork")
# %% b
# raises: RuntimeError
batches = list(loader)

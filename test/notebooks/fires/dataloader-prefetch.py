# advice: train dataloader-prefetch 11
# %% setup
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
# %% data
import time

class Shards(Dataset):
    def __len__(self):
        return 136
    def __getitem__(self, index):
        if index % 8 == 6:
            time.sleep(0.12)  # the next shard is opened
        return torch.full((20,), float(index))

loader = DataLoader(Shards(), batch_size=1, num_workers=2, multiprocessing_context="fork")
model = nn.Linear(20, 1)
# %% train
total = 0.0
with torch.no_grad():
    for x in loader:
        total += model(x).item()
        time.sleep(0.01)  # a larger model

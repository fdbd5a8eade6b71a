# advice: read slow-dataset-io 3
# machine: {"data_loading.read_bytes": 60000000, "rotational": true}
# %% setup
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
# %% data
import time

class Volumes(Dataset):
    def __len__(self):
        return 32
    def __getitem__(self, index):
        time.sleep(0.04)  # a slow disk
        return torch.full((256,), float(index))

model = nn.Linear(256, 10)
loader = DataLoader(Volumes(), batch_size=4)
# %% read
means = []
with torch.no_grad():
    for x in loader:
        means.append(model(x).mean().item())
        time.sleep(0.03)  # a larger model

# advice: train dataloader-workers-zero 1
# machine: {"cpu_count": 2}
# %% setup
import time

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)

class Remote(Dataset):
    def __len__(self):
        return 160
    def __getitem__(self, index):
        time.sleep(0.04)  # a request
        return torch.full((256,), float(index)), torch.tensor(index % 10)

model = nn.Linear(256, 10).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
# %% loader
loader = DataLoader(Remote(), batch_size=8)
# %% train
for x, y in loader:
    loss = F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    time.sleep(0.01)  # a larger model

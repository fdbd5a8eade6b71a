# advice: train dataloader-workers-zero 5
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
# %% data
import time

class Scans(Dataset):
    def __len__(self):
        return 56
    def __getitem__(self, index):
        time.sleep(0.02)  # a slow store
        return torch.full((256,), float(index)), torch.tensor(index % 10)

data = Scans()
# %% loader
batch_size = 8

# shuffled anew in each pass

loader = DataLoader(data, batch_size=batch_size, shuffle=True)
model = nn.Linear(256, 10).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
# %% train
for x, y in loader:
    loss = F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    time.sleep(0.08)  # a larger model

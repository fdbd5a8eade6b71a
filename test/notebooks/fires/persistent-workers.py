# advice: train persistent-workers 8
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
# %% data
import time
class Noise(Dataset):
    def __len__(self):
        return 16
    def __getitem__(self, index):
        time.sleep(0.002)
        return torch.full((20,), float(index)), torch.zeros(1)
loader = DataLoader(Noise(), batch_size=4, num_workers=2, multiprocessing_context="fork")
model = nn.Linear(20, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
# %% train
for epoch in range(12):
    for x, y in loader:
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

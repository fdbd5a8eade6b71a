# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

torch.manual_seed(0)
# %% data
import time

class Sensor(IterableDataset):
    """A stream in an order of its own, which workers would read twice."""
    def __iter__(self):
        for index in range(60):
            time.sleep(0.02)
            yield torch.full((8,), index / 60)

loader = DataLoader(Sensor(), batch_size=4)
model = nn.Linear(8, 8).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
# %% fit
for x in loader:
    x = x.to(DEVICE)
    loss = F.mse_loss(model(x), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    time.sleep(0.02)

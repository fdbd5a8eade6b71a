# advice: train needless-workers 2
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
# %% data
data = TensorDataset(torch.randn(256, 20), torch.randn(256, 1))
loader = DataLoader(data, batch_size=64, num_workers=2)
model = nn.Linear(20, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% train
for epoch in range(16):
    for x, y in loader:
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

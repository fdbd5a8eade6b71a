# advice: train loss-history-graph 7
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 1)).to(DEVICE)
optimizer = torch.optim.Adam(model.parameters())
x, y = torch.randn(32, 16, device=DEVICE), torch.randn(32, 1, device=DEVICE)
# %% train
running_loss = 0.0
for step in range(250):
    loss = (model(x) - y).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    running_loss += loss * len(x)
# %% mean
mean = running_loss.item() / 250

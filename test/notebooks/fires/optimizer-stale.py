# advice: again optimizer-stale
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

x, y = torch.randn(64, 8, device=DEVICE), torch.randn(64, 1, device=DEVICE)
# %% model
model = nn.Linear(8, 1).to(DEVICE)
# %% optimizer
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# %% train
for _ in range(5):
    optimizer.zero_grad()
    F.mse_loss(model(x), y).backward()
    optimizer.step()
# %% wider
model = nn.Linear(8, 1).to(DEVICE)
# %% again
for _ in range(5):
    optimizer.zero_grad()
    F.mse_loss(model(x), y).backward()
    optimizer.step()

# advice: train loss-history-graph 8
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 1)).to(DEVICE)
optimizer = torch.optim.Adam(model.parameters())
x, y = torch.randn(32, 16, device=DEVICE), torch.randn(32, 1, device=DEVICE)
# %% functions
def fit(model, steps):
    history = {"loss": []}
    for step in range(steps):
        loss = (model(x) - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history["loss"].append(loss)
    return history
# %% train
log = fit(model, 250)

# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

def train(lr, width):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, width), nn.ReLU(), nn.Linear(width, 1)).to(DEVICE)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    for _ in range(10):
        x = torch.randn(32, 16, device=DEVICE)
        loss = model(x).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()
# %% sweep
results = {(lr, width): train(lr, width) for lr in (1e-3, 1e-2) for width in (16, 64)}
best = min(results, key=results.get)

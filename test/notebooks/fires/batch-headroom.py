# advice: large batch-headroom
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(32, 256), nn.ReLU(), nn.Linear(256, 4)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
data = torch.randn(4096, 32, device=DEVICE)

def epoch(size):
    for i in range(0, len(data), size):
        optimizer.zero_grad()
        model(data[i : i + size]).square().mean().backward()
        optimizer.step()
# %% warm
epoch(512)
# %% small
epoch(4)
# %% large
for _ in range(20):
    epoch(64)

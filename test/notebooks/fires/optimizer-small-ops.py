# advice: train optimizer-small-ops 8
# needs: cpu
# deep: train
# fixed: within 0.001
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(*(nn.Linear(64, 64) for _ in range(150)))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
x = torch.randn(1024, 64)
# %% train
for step in range(12):
    optimizer.zero_grad()
    model(x).pow(2).mean().backward()
    optimizer.step()

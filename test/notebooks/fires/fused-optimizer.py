# advice: train fused-optimizer 8
# needs: accelerator
# fixed: within 0.001
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(*(nn.Linear(16, 16) for _ in range(40))).to(DEVICE)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
x = torch.randn(4, 16, device=DEVICE)
# %% train
for step in range(40):
    optimizer.zero_grad()
    model(x).pow(2).mean().backward()
    optimizer.step()

# advice: train use-reentrant 4
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

from torch.utils.checkpoint import checkpoint

blocks = nn.ModuleList(nn.Sequential(nn.Linear(32, 32), nn.ReLU()) for _ in range(3)).to(DEVICE)
optimizer = torch.optim.SGD(blocks.parameters(), lr=0.01)
# %% train
for step in range(3):
    h = torch.randn(16, 32, device=DEVICE, requires_grad=True)
    for block in blocks:
        h = checkpoint(block, h)
    optimizer.zero_grad()
    h.pow(2).mean().backward()
    optimizer.step()

# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

from torch.utils.checkpoint import checkpoint

blocks = nn.ModuleList(nn.Sequential(nn.Linear(64, 64), nn.ReLU()) for _ in range(6)).to(DEVICE)
optimizer = torch.optim.SGD(blocks.parameters(), lr=0.01)
# %% train
for step in range(5):
    h = torch.randn(64, 64, device=DEVICE)
    for block in blocks:
        h = checkpoint(block, h, use_reentrant=False)
    loss = h.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

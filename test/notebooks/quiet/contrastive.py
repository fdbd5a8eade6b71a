# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

import copy

online = nn.Sequential(nn.Linear(32, 2048), nn.BatchNorm1d(2048), nn.ReLU(), nn.Linear(2048, 16)).to(DEVICE)
momentum = copy.deepcopy(online).requires_grad_(False)
optimizer = torch.optim.SGD(online.parameters(), lr=0.05)
# %% train
for step in range(10):
    x = torch.randn(64, 32, device=DEVICE)
    a = F.normalize(online(x + 0.1 * torch.randn_like(x)), dim=1)
    with torch.no_grad():
        b = F.normalize(momentum(x + 0.1 * torch.randn_like(x)), dim=1)
    loss = F.cross_entropy(a @ b.T / 0.1, torch.arange(64, device=DEVICE))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for p, q in zip(momentum.parameters(), online.parameters()):
            p.lerp_(q, 0.01)

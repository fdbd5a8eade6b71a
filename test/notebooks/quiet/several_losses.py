# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

trunk = nn.Linear(16, 32).to(DEVICE)
heads = nn.ModuleList(nn.Linear(32, 1) for _ in range(3)).to(DEVICE)
optimizer = torch.optim.AdamW([*trunk.parameters(), *heads.parameters()])
# %% train
for step in range(10):
    h = torch.relu(trunk(torch.randn(64, 16, device=DEVICE)))
    losses = [head(h).pow(2).mean() for head in heads]
    optimizer.zero_grad()
    sum(losses).backward()
    optimizer.step()
# %% separate
h = torch.relu(trunk(torch.randn(64, 16, device=DEVICE)))
first, second = heads[0](h).mean(), heads[1](h).mean()
optimizer.zero_grad()
first.backward(retain_graph=True)
second.backward()
optimizer.step()

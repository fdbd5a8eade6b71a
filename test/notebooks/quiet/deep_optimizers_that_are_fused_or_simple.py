# advice: none
# needs: cpu
# deep: fused plain two
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


def blocks():
    return nn.Sequential(*(nn.Linear(64, 64) for _ in range(150)))


x = torch.randn(1024, 64)
# %% fused
model = blocks()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
for step in range(12):
    optimizer.zero_grad()
    model(x).pow(2).mean().backward()
    optimizer.step()
# %% plain
model = blocks()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)
for step in range(12):
    optimizer.zero_grad()
    model(x).pow(2).mean().backward()
    optimizer.step()
# %% two
model, other = blocks(), blocks()
first = torch.optim.AdamW(model.parameters(), lr=1e-4)
second = torch.optim.Adam(other.parameters(), lr=1e-4)
for step in range(12):
    first.zero_grad()
    second.zero_grad()
    (model(x) - other(x)).pow(2).mean().backward()
    first.step()
    second.step()

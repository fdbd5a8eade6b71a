# advice: none
# needs: cpu
# deep: recurrence lengths average whole
# %% model
import torch
from torch import nn

torch.manual_seed(0)

net = nn.Linear(8, 8)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(300, 8)
large = torch.randn(1600, 1600)
w = torch.randn(8, 8) / 8
pieces = [torch.randn(1 + i % 7, 8) for i in range(200)]
average = [p.detach().clone() for p in nn.ModuleList(nn.Linear(8, 8) for _ in range(60)).parameters()]
layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(60))
# %% recurrence
for step in range(10):
    optimizer.zero_grad()
    given = net(x)
    h = torch.zeros(8)
    states = []
    for t in range(len(given)):
        h = torch.tanh(given[t] + w @ h)
        states.append(h)
    (torch.stack(states).pow(2).mean() + (large @ large).mean()).backward()
    optimizer.step()
# %% lengths
for step in range(10):
    optimizer.zero_grad()
    total = 0.0
    for piece in pieces:
        total = total + piece.sum(0).exp().mean()
    (net(x).pow(2).mean() + total * 0 + (large @ large).mean()).backward()
    optimizer.step()
# %% average
for step in range(12):
    optimizer.zero_grad()
    (net(x).pow(2).mean() + (large @ large).mean()).backward()
    optimizer.step()
    with torch.no_grad():
        for mean, p in zip(average, layers.parameters()):
            mean.mul_(0.9).add_(p, alpha=0.1)
# %% whole
for step in range(10):
    optimizer.zero_grad()
    loss = torch.stack([net(row) for row in x[:8]]).pow(2).mean()
    (loss + (large @ large).mean()).backward()
    optimizer.step()

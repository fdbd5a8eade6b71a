# advice: train small-op-loop 9
# needs: cpu
# deep: train
# %% model
import torch
from torch import nn

torch.manual_seed(0)


def distances(points, centres):
    rows = []
    for i in range(len(points)):
        near = points[i] - centres[0]
        rows.append(near.pow(2).sum())
    return torch.stack(rows)


net = nn.Linear(8, 8)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(300, 8)
large = torch.randn(1600, 1600)
centres = torch.randn(1, 8)
# %% train
for step in range(12):
    optimizer.zero_grad()
    loss = distances(net(x), centres).mean() + (large @ large).mean()
    loss.backward()
    optimizer.step()

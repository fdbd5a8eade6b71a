# advice: train fewer-threads 3
# needs: cpu
# deep: train
# tried: {"fewer_threads": 1.4}
# %% model
import torch
from torch import nn

torch.manual_seed(0)

net = nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 510))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(10000, 512)
# %% train
for step in range(9):
    optimizer.zero_grad()
    net(x).pow(2).mean().backward()
    optimizer.step()

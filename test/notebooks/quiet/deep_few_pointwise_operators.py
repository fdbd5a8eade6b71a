# advice: none
# needs: cpu
# deep: train
# %% model
import torch
from torch import nn

torch.manual_seed(0)


def gelu(x):
    return torch.nn.functional.gelu(x, approximate="tanh")


net = nn.Linear(256, 512)
head = nn.Linear(512, 1)
optimizer = torch.optim.SGD([*net.parameters(), *head.parameters()], lr=0.01)
x = torch.randn(8192, 256)
# %% train
for step in range(9):
    optimizer.zero_grad()
    head(gelu(net(x))).pow(2).mean().backward()
    optimizer.step()

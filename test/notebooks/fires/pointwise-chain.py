# advice: train pointwise-chain 8
# needs: cpu
# deep: train
# %% model
import torch
from torch import nn

torch.manual_seed(0)


def gelu(x):
    inner = 0.79788456 * (x + 0.044715 * x * x * x)
    return 0.5 * x * (1.0 + torch.tanh(inner))


net = nn.Linear(256, 512)
head = nn.Linear(512, 1)
optimizer = torch.optim.SGD([*net.parameters(), *head.parameters()], lr=0.01)
x = torch.randn(8192, 256)
# %% train
for step in range(9):
    optimizer.zero_grad()
    head(gelu(net(x))).pow(2).mean().backward()
    optimizer.step()

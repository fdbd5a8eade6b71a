# advice: none
# needs: cpu
# deep: train
# %% model
import math

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x):
        batch, length, width = x.shape
        parts = self.qkv(x).view(batch, length, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        weights = q @ k.transpose(-2, -1) / math.sqrt(width // self.heads)
        weights = F.softmax(weights, dim=-1)
        return self.out((weights @ v).transpose(1, 2).reshape(batch, length, width))


net = nn.Sequential(*(Attention(64, 4) for _ in range(3)))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(4, 512, 64)
# %% train
for step in range(9):
    optimizer.zero_grad()
    net(x).pow(2).mean().backward()
    optimizer.step()
